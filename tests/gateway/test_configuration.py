"""Profiles and settings: every complaint at once, each with its file, its key and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway import shipped
from gateway.bootstrap import check
from gateway.errors import ConfigurationError
from gateway.profiles import Partners, load_partners
from gateway.settings import load_settings, read_secret

GOOD = """\
name = "Acme"
account = "C-1"
connector = "erp"
[x12]
interchange_id = "ZZ:ACME"
group_ids = ["ACME"]
"""


def folder(home: Path, **files: str) -> Path:
    for name, content in files.items():
        (home / f"{name}.toml").write_text(content)
    return home


def complaints(home: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as wrong:
        load_partners(home)
    assert all(complaint in str(wrong.value) for complaint in wrong.value.complaints)
    return wrong.value.complaints


def test_every_mistake_in_every_file_is_told_at_once(tmp_path: Path) -> None:
    found = complaints(
        folder(
            tmp_path,
            a=GOOD.replace("group_ids", "group_idz").replace('name = "Acme"', "nmae = 1"),
            b="this is = not [TOML",
            c=GOOD.replace("ZZ:ACME", "ACME") + 'release = "4010"\n',
            d=GOOD.replace("[x12]", '[x12]\nfindings = {"X12-CODE-UNKNWON" = "warning"}').replace("ACME", "DD"),
        )
    )
    assert [c.partition(":")[0] for c in found] == sorted(c.partition(":")[0] for c in found)
    assert {c.partition(":")[0] for c in found} == {f"partners/{n}.toml" for n in "abcd"}
    text = "\n".join(found)
    assert "partners/a.toml: x12.group_idz: Extra inputs are not permitted; did you mean group_ids?" in text
    assert "partners/a.toml: name: Field required" in text
    assert "did you mean name?" in text
    assert "partners/b.toml: not valid TOML" in text
    assert (
        "partners/c.toml: x12.interchange_id: 'ACME' does not fit; write the qualifier of ISA05 and the id of ISA06"
        in text
    )
    assert "partners/c.toml: x12.release: '4010' does not fit; write all six digits" in text
    assert "there is no finding X12-CODE-UNKNWON; did you mean X12-CODE-UNKNOWN?" in text


def test_partners_that_cannot_be_told_apart_are_told(tmp_path: Path) -> None:
    found = complaints(folder(tmp_path, one=GOOD, two=GOOD.replace('"Acme"', '"Acme Two"')))
    assert len(found) == 2
    assert "group_ids" in found[0]
    assert "partners/one.toml" in found[0]
    assert "account: C-1" in found[1]


def test_a_second_agreement_for_the_same_is_told(tmp_path: Path) -> None:
    agreement = '[[agreements]]\ndocument = "invoice"\ndirection = "out"\nmap = "x12/810"\n'
    (found,) = complaints(folder(tmp_path, one=GOOD + agreement * 2))
    assert "agreements[1]: a second agreement for invoice out" in found


def test_file_names_that_are_no_ids_are_told(tmp_path: Path) -> None:
    (found,) = complaints(folder(tmp_path, **{"Acme Inc": GOOD}))
    assert found.startswith("partners/Acme Inc.toml: id:")


def shared(tmp_path: Path) -> Partners:
    """Return three partners behind one interchange id, as behind a network provider, and one of another."""
    return load_partners(
        folder(
            tmp_path,
            east=GOOD.replace('"ACME"]', '"EAST", "EAST2"]').replace("C-1", "C-2"),
            west=GOOD.replace('"ACME"]', '"WEST"]').replace("C-1", "C-3"),
            rest=GOOD.replace('group_ids = ["ACME"]\n', "").replace("C-1", "C-4"),
            other=GOOD.replace("ZZ:ACME", "01:ACME").replace("C-1", "C-5"),
        )
    )


@pytest.mark.parametrize(
    ("qualifier", "interchange_id", "group_id", "who"),
    [
        ("ZZ", "ACME", "EAST", "east"),
        ("ZZ", "ACME", "EAST2", "east"),
        ("ZZ", "ACME", "WEST", "west"),
        ("ZZ", "ACME", "WHOEVER", "rest"),
        ("01", "ACME", "ACME", "other"),
        ("01", "ACME", "EAST", None),
        ("12", "ACME", "ACME", None),
        ("ZZ", "NOBODY", "EAST", None),
    ],
)
def test_the_sender_is_found_by_both_ids(
    qualifier: str, interchange_id: str, group_id: str, who: str | None, tmp_path: Path
) -> None:
    found = shared(tmp_path).sender(qualifier, interchange_id, group_id)
    assert (None if found is None else found.id) == who


def test_partners_are_found_by_account_and_by_name(tmp_path: Path) -> None:
    partners = shared(tmp_path)
    assert partners.account("erp", "C-3") is partners.by_id["west"]
    assert partners.account("shop", "C-3") is None
    assert partners.named("WEST") is partners.by_id["west"]
    assert partners.named("nobody") is None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(shipped.partners_dir(), tmp_path / "partners")
    (tmp_path / "gateway.toml").write_text(
        '[connectors.erp]\nkind = "sample-erp"\nbase_url = "http://127.0.0.1:9"\ntoken = "env:SOME_TOKEN"\n'
    )
    monkeypatch.setenv("SOME_TOKEN", "unused")
    return tmp_path


def test_the_shipped_partners_have_nothing_to_complain_about(home: Path) -> None:
    assert check(load_settings(home)) == []


def test_every_mistake_in_the_settings_is_told_at_once(home: Path) -> None:
    (home / "gateway.toml").write_text('api_port = 99999\nworker_threads = "many"\nstable_second = 3\n')
    with pytest.raises(ConfigurationError) as wrong:
        load_settings(home)
    assert len(wrong.value.complaints) == 3
    text = str(wrong.value)
    for key in ("api_port", "worker_threads", "stable_second"):
        assert f"gateway.toml: {key}:" in text


def test_the_environment_goes_over_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (home / "gateway.toml").read_text()
    (home / "gateway.toml").write_text("api_port = 8401\nclaim_batch = 3\n" + content)
    monkeypatch.setenv("GATEWAY_API_PORT", "8402")
    settings = load_settings(home)
    assert (settings.api_port, settings.claim_batch) == (8402, 3)


def test_mistakes_across_files_are_told_at_once(home: Path) -> None:
    hill = home / "partners" / "hill-street.toml"
    hill.write_text(
        hill.read_text().replace("x12/850", "x12/85O").replace('kind = "folder"', 'kind = "folder"\nfoldr = "x"')
    )
    lake = home / "partners" / "lakeside.toml"
    lake.write_text(lake.read_text().replace('"erp"', '"epr"').replace('map = "x12/856"', 'map = "x12/810"'))
    river = home / "partners" / "riverside.toml"
    river.write_text(river.read_text().replace('kind = "folder"', 'kind = "folder"\nfolder = "../elsewhere"'))
    found = "\n".join(check(load_settings(home)))
    assert "partners/hill-street.toml: agreements[0].map: " in found
    assert "x12/85O" in found
    assert "partners/hill-street.toml: transport.foldr: not a key of folder" in found
    assert "partners/lakeside.toml: connector: gateway.toml has no [connectors.epr]; it has erp" in found
    assert "partners/lakeside.toml: agreements[2].map: x12/810 makes invoice, not ship_notice" in found
    assert "partners/riverside.toml: transport.folder: must lie inside" in found


def test_what_files_without_envelopes_need_is_told(home: Path) -> None:
    campus = home / "partners" / "bayside-campus.toml"
    text = campus.read_text()
    campus.write_text(text.replace("company_credential", "our_credential"))
    assert "cxml.our_credential" in "\n".join(check(load_settings(home)))
    nameless = text[: text.index("[cxml]")] + text[text.index("[transport]") :]
    campus.write_text(nameless.replace('map = "cxml/order"', 'map = "x12/850"'))
    found = "\n".join(check(load_settings(home)))
    assert "agreements[0].map: x12/850 is x12; say under [x12] by which interchange_id they are known" in found
    assert "agreements[1].map: cxml/confirmation is cXML; name both sides under [cxml]" in found
    campus.write_text(text.replace('"ship_notice"', '"invoice"'))
    assert "not_wanted: invoice is agreed to be sent" in "\n".join(check(load_settings(home)))
    campus.write_text(text.replace("# shared_secret", "shared_secret"))
    found = "\n".join(check(load_settings(home)))
    assert "cxml.shared_secret: secret env:BAYSIDE_CXML_SECRET: the environment has no" in found


def test_two_partners_with_one_folder_are_told(home: Path) -> None:
    for name in ("hill-street", "lakeside"):
        path = home / "partners" / f"{name}.toml"
        path.write_text(path.read_text().replace('kind = "folder"', 'kind = "folder"\nfolder = "shared"'))
    (found,) = check(load_settings(home))
    assert "shared is also the folder of partners/hill-street.toml" in found


@pytest.mark.parametrize(
    "reference", ["hunter2", "env:", "env:NOT_THERE_AT_ALL", "file:/nowhere/at/all", "plain:secret"]
)
def test_a_secret_that_is_not_where_it_should_be_is_told_without_being_shown(reference: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        read_secret(reference)
    assert "hunter2" not in str(wrong.value)
    assert "plain:secret" not in str(wrong.value)


def test_a_secret_in_a_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    assert read_secret(f"file:{tmp_path}/token") == "s3cret"


def test_channels_and_maps_are_looked_at_in_files_that_have_other_mistakes_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(shipped.partners_dir(), home / "partners")
    (home / "gateway.toml").write_text("")
    first, second = home / "partners" / "hill-street.toml", home / "partners" / "lakeside.toml"
    first.write_text(first.read_text().replace('document = "purchase_order"', 'document = "purchase_ordr"'))
    first.write_text(first.read_text().replace('kind = "folder"', 'kind = "pigeon"').replace("x12/855", "x12/85O"))
    second.write_text(second.read_text().replace('kind = "folder"', 'kind = "dove"').replace("x12/856", "x12/85G"))
    text = "\n".join(check(load_settings(home)))
    for said in ("purchase_ordr", "'pigeon'", "x12/85O", "'dove'", "x12/85G"):
        assert said in text, said


@pytest.mark.parametrize("kind", ["purchase_ordr", "purchase_order_change", "inventory_advice"])
def test_only_what_can_be_agreed_is_offered(kind: str, tmp_path: Path) -> None:
    agreed = f'\n[[agreements]]\ndocument = "{kind}"\ndirection = "in"\nmap = "x12/850"\n'
    (found,) = complaints(folder(tmp_path, a=GOOD + agreed))
    assert "ticket" not in found
    assert "interchange" not in found
    assert "purchase_order, order_acknowledgment, ship_notice, invoice" in found
    assert ("did you mean purchase_order?" in found) is (kind == "purchase_ordr")
    assert ("gateway convert" in found) is (kind != "purchase_ordr")
