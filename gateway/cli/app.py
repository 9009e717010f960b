"""The one place where a command's end becomes an exit code and a line on stderr; the commands are in gateway/cli/commands.py.

A command's module is imported when the command runs, so that help and mistakes in typing cost nothing: no database, no web framework.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.cli.commands import COMMANDS, Command
from gateway.cli.exits import EXITS, Exit, exit_of
from gateway.errors import GatewayError

SAYS = "Partner Gateway: EDI with trading partners, and where every document is."
EXAMPLES = ("gateway demo", "gateway status 4500012345", "gateway documents --needs-person")

_CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
_STYLE: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,  # drawing boxes costs as much time as the whole help
    "context_settings": _CONTEXT,
}


def _shelf(commands: tuple[Command, ...]) -> type[TyperGroup]:
    """Return the kind of group that holds `commands` and imports one when it is asked for."""
    by_name = {command.name: command for command in commands}

    class Shelf(TyperGroup):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands: Any = dict.fromkeys(by_name)  # only its keys are read: did you mean

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
            return list(by_name)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
            return _made(by_name[cmd_name]) if cmd_name in by_name else None

        def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
            with formatter.section("Commands"):
                formatter.write_dl([(command.name, command.says) for command in commands])

    return Shelf


def _made(command: Command) -> Any:
    """Return a command as Typer runs it."""
    if command.inner:
        return _group(command.inner, command.says, _lines("Examples:", command.examples), command.name)
    module, _, function = command.runs.partition(":")
    single = typer.Typer(**_STYLE)
    runs = getattr(import_module(f"gateway.cli.{module}"), function)
    single.command(command.name, epilog=_lines("Examples:", command.examples), context_settings=_CONTEXT)(runs)
    return typer.main.get_command(single)


def _group(commands: tuple[Command, ...], says: str, epilog: str, name: str) -> Any:
    group = typer.Typer(name=name, help=says, epilog=epilog, cls=_shelf(commands), **_STYLE)
    group.callback(invoke_without_command=True)(_start if commands is COMMANDS else _show_help)
    return typer.main.get_command(group)


def _lines(heading: str, lines: tuple[str, ...]) -> str:
    """Return lines that the help prints as they are."""
    return "\b\n" + "\n".join([heading, *(f"  {line}" for line in lines)])


def _show_help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


def _start(
    context: typer.Context,
    is_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if is_version:
        _made(next(command for command in COMMANDS if command.name == "version"))([], standalone_mode=False)
        raise typer.Exit
    _show_help(context)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code. What the world did is one line on stderr, never a trace."""
    codes = tuple(f"{int(code):<5}{words}" for code, words in EXITS.items())
    epilog = f"{_lines('Examples:', EXAMPLES)}\n\n{_lines('Exit codes:', codes)}"
    try:
        ended = _group(COMMANDS, SAYS, epilog, "gateway")(arguments, prog_name="gateway", standalone_mode=False)
        sys.stdout.flush()
    except GatewayError as wrong:
        print(f"{wrong.code} {wrong.sentence}", file=sys.stderr)
        return exit_of(wrong.code)
    except typer.TyperException as misunderstood:
        context = getattr(misunderstood, "ctx", None)
        where = "gateway" if context is None else context.command_path
        print(f"{misunderstood.format_message()}\nSee `{where} --help`.", file=sys.stderr)
        return misunderstood.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return Exit.INTERRUPTED
    except (BrokenPipeError, SystemExit):  # the second is what Typer makes of the first
        # Whoever read our output had enough; the interpreter must not complain about it when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    return int(ended or 0)
