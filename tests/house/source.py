"""The project's own Python, read once for the house tests."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("gateway", "translators")


@dataclass(frozen=True)
class Module:
    """One file of Python; `path` is relative to the project, with slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def dotted(self) -> str:
        """Return the name it is imported by."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Return every module below `folders` of the project, in order of path."""
    found = []
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            found.append(Module(file.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


def product() -> tuple[Module, ...]:
    """Return the modules that are shipped."""
    return modules(*PRODUCT)


def imported(module: Module) -> set[str]:
    """Return every dotted name that `module` imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def called(node: ast.Call) -> str:
    """Return what a call calls, as written: "open", "datetime.now", ".read_text" for a method of some expression."""
    return ast.unparse(node.func)
