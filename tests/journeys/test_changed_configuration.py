"""Partners and maps that change while the gateway runs are taken up; broken ones never replace good ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.bootstrap import ConfigurationWatch, check
from gateway.errors import ConfigurationError, GatewayError
from gateway.map_shelf import MapText, kept_loader, maps_loader
from gateway.ports import Transport
from gateway.shipped import maps_dir
from gateway.simulator.papers import HAMMER, order
from gateway.states import Kind, State
from gateway.steps.decisions import retry
from gateway.store import map_versions
from gateway.store.documents import Document
from tests.journeys.gateway_under_test import GatewayUnderTest
from translators.mapping import load_map

HILL = "hill-street"


class Watch:
    """Looks twice, as the running gateway does in a few seconds: what was changed is taken up once it stays as it is."""

    def __init__(self, gateway: GatewayUnderTest) -> None:
        self.once = ConfigurationWatch(gateway.station)

    def look(self) -> list[Transport]:
        return [*self.once.look(), *self.once.look()]


@pytest.fixture
def watch(gateway: GatewayUnderTest) -> Watch:
    return Watch(gateway)


def rewrite(gateway: GatewayUnderTest, partner: str, old: str, new: str) -> None:
    path = gateway.home / "partners" / f"{partner}.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def send_order(gateway: GatewayUnderTest, partner: str = HILL) -> None:
    gateway.partner(partner).send(order("A-1", datetime.now(UTC), (HAMMER, 1)))


def test_an_agreement_that_is_added_lets_the_parked_order_go_on(gateway: GatewayUnderTest, watch: Watch) -> None:
    content = gateway.partner(HILL).interchange([order("A-1", datetime.now(UTC), (HAMMER, 1))])
    rewrite(gateway, HILL, '"purchase_order"\ndirection = "in"', '"invoice"\ndirection = "in"')
    rewrite(gateway, HILL, 'map = "x12/850"', 'map = "x12/810"')
    assert watch.look() == []
    gateway.drop(HILL, content)
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3101")

    rewrite(gateway, HILL, '"invoice"\ndirection = "in"', '"purchase_order"\ndirection = "in"')
    rewrite(
        gateway,
        HILL,
        'map = "x12/810"\n\n[[agreements]]\ndocument = "order',
        'map = "x12/850"\n\n[[agreements]]\ndocument = "order',
    )
    watch.look()
    retry(gateway.station, parked.id, "test", "the agreement was added")
    gateway.run()

    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_a_new_partner_is_read_without_a_restart(gateway: GatewayUnderTest, watch: Watch) -> None:
    source = (gateway.home / "partners" / f"{HILL}.toml").read_text()
    new = source.replace("HILLSTREET", "OAKAVENUE").replace("C-1001", "C-1009").replace("Hill Street", "Oak Avenue")
    (gateway.home / "partners" / "oak-avenue.toml").write_text(new)

    added = watch.look()
    for transport in added:
        transport._clock = gateway.clock
    send_order(gateway, "oak-avenue")
    gateway.run()

    assert [t.partner for t in added] == ["oak-avenue"]
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_a_broken_file_never_replaces_a_good_one(gateway: GatewayUnderTest, watch: Watch) -> None:
    send_order(gateway, "lakeside")
    send_order(gateway, HILL)
    rewrite(gateway, HILL, 'role = "customer"', 'role = "custmer"')
    with pytest.raises(ConfigurationError, match=r"partners/hill-street\.toml: role"):
        watch.look()
    gateway.run()

    assert {d.state for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER} == {State.POSTED}


def test_a_partner_that_is_taken_away_is_read_no_more(gateway: GatewayUnderTest, watch: Watch) -> None:
    (gateway.home / "partners" / f"{HILL}.toml").rename(gateway.home / "hill-street.toml")
    watch.look()
    gateway.drop(HILL, b"ISA")
    gateway.run()

    assert gateway.all() == []
    assert (gateway.home / "inbox" / HILL / "file.edi").exists()


def write_map(gateway: GatewayUnderTest, name: str, old: str = "", new: str = "") -> Path:
    """Put a shipped file into the operator's own maps, with a change."""
    path = gateway.home / "maps" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (maps_dir() / name).read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def kept(gateway: GatewayUnderTest, document: Document) -> MapText | None:
    with gateway.station.database.read() as connection:
        return map_versions.kept(connection, document.map_name, document.map_version)


def test_a_map_that_changes_is_used_from_the_next_document_on_and_the_old_one_can_still_be_read(
    gateway: GatewayUnderTest, watch: Watch
) -> None:
    write_map(gateway, "x12/850.toml", 'title = "', 'title = "Ours: ')
    watch.look()
    customer = gateway.partner(HILL)
    customer.send(order("A-1", datetime.now(UTC), (HAMMER, 1)))
    gateway.run()
    first = gateway.one(Kind.PURCHASE_ORDER)
    write_map(gateway, "tables/references.toml", 'DP = "department"', 'DP = "cost-centre"')
    with capture_logs() as logged:
        watch.look()
    customer.send(order("A-2", datetime.now(UTC), (HAMMER, 1)))
    gateway.run()
    second = next(d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER and d.id != first.id)

    assert first.map_version != second.map_version
    before, after = kept(gateway, first), kept(gateway, second)
    assert b'DP = "department"' in before.files["tables/references.toml"]
    assert b'DP = "cost-centre"' in after.files["tables/references.toml"]
    assert before.files["x12/850.toml"] == after.files["x12/850.toml"]
    again = load_map("x12/850", kept_loader(before.files, maps_loader(gateway.settings)))
    assert again.version == first.map_version
    (taken,) = [line for line in logged if line["event"] == "configuration-taken-up"]
    assert taken["maps"]["x12/850"] == f"{first.map_version} → {second.map_version}"
    assert taken["partners"] == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x12/850.toml", 'order_number = "BEG03"\nissue_dat', "maps/x12/850.toml: is no TOML"),
        ("x12/850.toml", "", "maps/x12/850.toml: map.document: no canonical document"),
        (
            "x12/850.toml",
            '[map]\nwire = "x12"\nset = "850"\ndocument = "purchase_order"\nreleases = ["004010"]\n',
            "issue_date",
        ),
        ("tables/units.toml", 'title = "Units"\n', "maps/tables/units.toml: codes: is missing"),
        ("tables/units.toml", 'title = "Units"\n[codes]\nEA = ', "maps/tables/units.toml: is no TOML"),
    ],
)
def test_a_map_or_table_that_is_half_there_never_replaces_a_good_one(
    gateway: GatewayUnderTest, watch: Watch, name: str, content: str, told: str
) -> None:
    before = gateway.station.map_named("x12/850").version
    path = gateway.home / "maps" / name
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(ConfigurationError) as refused:
        watch.look()
    assert sum(told in complaint for complaint in refused.value.complaints) == 1  # however many agreements name it
    assert any(told in complaint for complaint in check(gateway.settings))
    assert watch.look() == []  # told once, not with every look
    send_order(gateway)
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert gateway.one(Kind.PURCHASE_ORDER).map_version == before

    path.write_bytes((maps_dir() / name).read_bytes() + b"\n# ours\n")
    watch.look()
    assert gateway.station.map_named("x12/850").version != before


def test_a_guide_that_breaks_leaves_its_last_good_self_in_service(gateway: GatewayUnderTest, watch: Watch) -> None:
    guide = gateway.home / "maps" / "hill" / "850.toml"
    guide.parent.mkdir(parents=True)
    good = '[map]\nextends = "x12/850"\n\n[[guide]]\npage = "page 3"\nrequire = "REF[01=DP]02"\n'
    guide.write_text(good)
    rewrite(gateway, HILL, 'map = "x12/850"', 'map = "hill/850"')
    watch.look()
    guide.write_text(good.replace("REF[01=DP]02", "RFE[01=DP]02"))
    with pytest.raises(ConfigurationError, match=r"maps/hill/850\.toml: guide\[0\]\.require: .*did you mean REF"):
        watch.look()
    send_order(gateway)
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.code, parked.map_name) == ("GW-3102", "")
    assert [f.reference for f in gateway.findings(parked)] == ["page 3"]


def test_a_file_that_is_still_being_written_is_not_taken_up_although_it_loads(
    gateway: GatewayUnderTest, watch: Watch
) -> None:
    before = gateway.station.map_named("x12/850").version
    path = write_map(gateway, "x12/850.toml")
    whole = path.read_text()
    for part in (whole.partition("[totals]")[0], whole.partition("CTT02")[0], whole + "# ours\n"):
        path.write_text(part)  # all of these load
        assert watch.once.look() == []
        assert gateway.station.map_named("x12/850").version == before
    watch.once.look()
    by = gateway.station.map_named("x12/850")
    assert by.version != before
    assert len(by.rules.totals) == 2


def test_a_map_is_not_put_into_service_before_its_text_is_kept(
    gateway: GatewayUnderTest, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = gateway.station.map_named("x12/850").version
    write_map(gateway, "x12/850.toml", 'title = "', 'title = "Ours: ')

    def away(*given: object, **named: object) -> None:
        raise GatewayError("GW-5001", "The database is away.", is_retryable=True)

    with monkeypatch.context() as patched:
        patched.setattr(map_versions, "keep", away)
        with pytest.raises(GatewayError, match="GW-5001"):
            watch.look()
    assert gateway.station.map_named("x12/850").version == before
    watch.look()
    assert gateway.station.map_named("x12/850").version != before
