"""The handbook says everything that the code says: error codes, finding codes, settings; and its links lead somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, Module, product
from tools.write_handbook import PAGES

HANDBOOK = ROOT / "gateway" / "handbook"
ERROR_CODE = re.compile(r"GW-\d{4}")
FINDING_CODE = re.compile(r"(AS2|X12|MAP|FLAT|XML|ORDER|XREF|ERP)(-[A-Z0-9]+)+")


def strings(module: Module) -> Iterator[str]:
    """Yield every string in `module` that is no docstring."""
    prose = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def headings(page: str, level: int = 2) -> list[str]:
    """Return the first word of every heading of this level of a page."""
    return re.findall(rf"^{'#' * level} (\S+)", (HANDBOOK / page).read_text(encoding="utf-8"), flags=re.MULTILINE)


def error_codes() -> set[str]:
    """Return every error code that the product can raise."""
    return {text for module in product() for text in strings(module) if ERROR_CODE.fullmatch(text)}


def finding_codes() -> set[str]:
    """Return every code that a finding or an error of translation can carry; GW codes on findings are error codes."""
    return {text for module in product() for text in strings(module) if FINDING_CODE.fullmatch(text)}


def test_every_error_code_has_a_heading() -> None:
    assert not sorted(error_codes() - set(headings("errors.md"))), "add them to gateway/handbook/errors.md"


def test_every_heading_is_an_error_code_in_use() -> None:
    assert not sorted(set(headings("errors.md")) - error_codes()), "nothing raises them: gateway/handbook/errors.md"


def test_error_codes_stand_in_order_and_once() -> None:
    assert headings("errors.md") == sorted(set(headings("errors.md")))


def test_every_finding_code_has_a_heading() -> None:
    assert not sorted(finding_codes() - set(headings("findings.md", 3))), "add them to gateway/handbook/findings.md"


def test_every_heading_of_a_finding_is_a_code_in_use() -> None:
    assert not sorted(set(headings("findings.md", 3)) - finding_codes()), (
        "nothing finds them: gateway/handbook/findings.md"
    )


@pytest.mark.parametrize("page", PAGES)
def test_pages_made_from_code_are_up_to_date(page: str) -> None:
    assert (HANDBOOK / page).read_text(encoding="utf-8") == PAGES[page](), "run `make handbook`"


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *HANDBOOK.rglob("*.md")]), ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_every_page_of_the_handbook_can_be_reached_from_its_index() -> None:
    index = (HANDBOOK / "index.md").read_text(encoding="utf-8")
    lost = [page.relative_to(HANDBOOK).as_posix() for page in HANDBOOK.rglob("*.md") if page.name != "index.md"]
    assert not [page for page in lost if f"({page})" not in index]


def test_the_commands_the_readers_are_told_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    told = {name for page in pages for name in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))}
    assert told, "CONTRIBUTING.md names the commands"
    assert told <= targets
