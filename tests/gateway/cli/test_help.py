"""Help, mistakes in typing, and the table of commands."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from importlib.resources import files

import pytest

from gateway.cli.commands import COMMANDS, Command
from gateway.cli.exits import EXITS, Exit, exit_of, exit_of_several
from tests.gateway.cli.conftest import Typed

INNER = [((group.name, c.name), c) for group in COMMANDS for c in group.inner]
EVERY = [*(((c.name,), c) for c in COMMANDS), *INNER]


@pytest.mark.parametrize(("words", "command"), EVERY, ids=[" ".join(words) for words, _ in EVERY])
def test_every_help_says_what_the_command_does_and_gives_examples(
    typed: Typed, words: tuple[str, ...], command: Command
) -> None:
    for option in ("--help", "-h"):
        code, out, err = typed(*words, option)
        assert (code, err) == (Exit.DONE, "")
        assert " ".join(command.says.split()) in " ".join(out.split())
        assert command.examples
        for example in command.examples:
            assert f"  {example}\n" in out


@pytest.mark.parametrize("command", [c for _, c in EVERY if c.runs], ids=lambda c: c.runs)
def test_the_table_says_what_the_function_says(command: Command) -> None:
    module, _, function = command.runs.partition(":")
    documented = inspect.getdoc(getattr(import_module(f"gateway.cli.{module}"), function))
    assert documented is not None
    assert documented.splitlines()[0] == command.says


def test_the_help_lists_every_command_and_every_exit_code(typed: Typed) -> None:
    _, out, _ = typed("--help")
    assert all(f"  {command.name} " in out for command in COMMANDS)
    assert all(f"    {int(code):<5}{words}\n" in out for code, words in EXITS.items())


def test_no_command_is_help(typed: Typed) -> None:
    assert typed() == typed("--help")
    assert typed("keys") == typed("keys", "--help")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["statsu"], "Did you mean 'status'?"),
        (["keys", "creat"], "Did you mean 'create'?"),
        (["documents", "--partnr", "x"], "--partner"),
        (["status"], "NUMBER"),
        (["documents", "--limit", "0"], "--limit"),
        (["documents", "--limit", "201"], "--limit"),
        (["documents", "--limit", "9" * 30], "--limit"),
        (["documents", "--kind", "purchase"], "--kind"),
        (["documents", "--partner", "../x"], "--partner"),
        (["documents", "--since", "yesterday"], "--since"),
        (["keys", "create", "a b"], "NAME"),
        (["retry", "X"], "--reason"),
        (["serve", "--port", "70000"], "--port"),
    ],
)
def test_a_mistake_in_typing_ends_with_2_and_a_hint(typed: Typed, arguments: list[str], hint: str) -> None:
    code, out, err = typed(*arguments)
    assert (code, out) == (Exit.USAGE, "")
    assert hint in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["statsu"], "gateway"),
        (["documents", "--partnr", "x"], "gateway documents"),
        (["documents", "--partner", "UPPER"], "gateway documents"),
        (["keys", "creat"], "gateway keys"),
        (["keys", "create"], "gateway keys create"),
        (["retry", "X", "--reason", " "], "gateway retry"),
    ],
)
def test_a_mistake_in_typing_points_to_the_help_of_its_command(typed: Typed, arguments: list[str], where: str) -> None:
    assert typed(*arguments)[2].endswith(f"\nSee `{where} --help`.\n")


def test_the_version_is_told_both_ways(typed: Typed) -> None:
    assert typed("--version") == typed("version")
    assert typed("version")[1].startswith("gateway ")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("GW-1001", Exit.FAILED),
        ("GW-4101", Exit.OUTSIDE),
        ("GW-4203", Exit.OUTSIDE),
        ("GW-5001", Exit.FAILED),
        ("GW-6101", Exit.NOT_FOUND),
        ("GW-6102", Exit.FAILED),
        ("GW-6105", Exit.NOT_FOUND),
    ],
)
def test_an_errors_code_decides_the_exit_code(code: str, expected: Exit) -> None:
    assert exit_of(code) is expected


def test_different_ends_are_partly() -> None:
    assert exit_of_several([Exit.DONE, Exit.DONE]) is Exit.DONE
    assert exit_of_several([Exit.REFUSED]) is Exit.REFUSED
    assert exit_of_several([Exit.DONE, Exit.NOT_FOUND]) is Exit.PARTLY


def test_the_handbook_has_every_exit_code_and_every_command() -> None:
    page = files("gateway").joinpath("handbook", "cli.md").read_text(encoding="utf-8")
    assert all(f"| {int(code)} | {words.split(';')[0]}" in page for code, words in EXITS.items())
    assert all(
        f"`{command.name} " in page or f"`{command.name}`" in page for command in COMMANDS if command.name != "version"
    )


def test_the_handbook_has_every_address_of_the_api() -> None:
    page = files("gateway").joinpath("handbook", "api.md").read_text(encoding="utf-8")
    paths = json.loads(files("gateway.api").joinpath("openapi.json").read_bytes())["paths"]
    assert all(path.replace("document_id", "id") in page for path in paths)
