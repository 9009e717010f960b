"""Every house rule holds over everything that is shipped, and every rule bites."""

from __future__ import annotations

import ast

import pytest

from tests.house.rules import RULES, TOPS
from tests.house.source import Module, modules, product


@pytest.mark.parametrize("name", RULES)
def test_the_product_keeps_the_rule(name: str) -> None:
    rule = RULES[name]
    complaints = [line for module in product() if rule.is_for(module.path) for line in rule.complaints(module)]
    assert not complaints, "\n" + "\n".join(complaints)


@pytest.mark.parametrize("name", RULES)
def test_the_rule_bites(name: str) -> None:
    rule = RULES[name]
    broken = Module(rule.broken_path, rule.broken_text, ast.parse(rule.broken_text))
    assert rule.is_for(broken.path)
    assert list(rule.complaints(broken))


def test_a_line_that_says_why_is_excused() -> None:
    text = "def handle_get(self): ...  # house: the library calls it so\n"
    assert list(RULES["function start"].complaints(Module("gateway/x.py", text, ast.parse(text)))) == []


def test_seconds_may_be_floats() -> None:
    text = "class A:\n    timeout_seconds: float = 1\n    price: Decimal\n"
    assert list(RULES["float field"].complaints(Module("translators/canonical/x.py", text, ast.parse(text)))) == []


def test_tests_and_tools_hold_no_leftovers() -> None:
    complaints = [line for module in modules("tests", "tools") for line in RULES["leftover"].complaints(module)]
    assert not complaints, "\n" + "\n".join(complaints)


def test_there_is_something_to_judge() -> None:
    paths = {module.path for module in product()}
    assert {"gateway/errors.py", "translators/findings.py"} <= paths


def test_every_place_that_may_catch_everything_does() -> None:
    """A row in TOPS whose file catches nothing is an invitation."""
    judged = {module.path: module for module in product()}
    stale = [path for path in TOPS if path in judged and not catches_everything(judged[path])]
    assert not stale, f"tests/house/rules.py: TOPS: {stale}"


def catches_everything(module: Module) -> bool:
    """Return whether some handler in `module` names Exception or BaseException."""
    handlers = [node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler)]
    caught = {
        name.id for handler in handlers if handler.type for name in ast.walk(handler.type) if isinstance(name, ast.Name)
    }
    return bool(caught & {"Exception", "BaseException"})


def test_cleaning_up_and_raising_again_is_no_catch() -> None:
    text = "try: ...\nexcept BaseException:\n    undo()\n    raise\n"
    assert list(RULES["broad except"].complaints(Module("gateway/x.py", text, ast.parse(text)))) == []
