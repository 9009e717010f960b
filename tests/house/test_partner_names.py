"""Partner quirks are data: no partner's name stands in Python."""

from __future__ import annotations

import ast
import re
import tomllib

from tests.house.source import ROOT, Module, product
from tests.house.test_handbook import strings


def partner_names() -> set[str]:
    """Return how the sample partners are called: the stems of their files and their `name`."""
    names: set[str] = set()
    for file in (ROOT / "partners").glob("*.toml"):
        names.add(file.stem)
        names.add(str(tomllib.loads(file.read_text(encoding="utf-8")).get("name", file.stem)))
    return {name.lower() for name in names}


def mentions(module: Module, names: set[str]) -> list[str]:
    """Return the strings and identifiers of `module` that hold one of `names` as a word; prose may give examples."""
    if not names:
        return []
    name = re.compile(rf"(?<![a-z0-9])({'|'.join(map(re.escape, sorted(names)))})(?![a-z0-9])")
    identifiers = [node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)]
    identifiers += [node.name for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [f"{module.path}: {text}" for text in [*strings(module), *identifiers] if name.search(text.lower())]


def test_no_partner_is_named_in_python() -> None:
    found = [
        line
        for module in product()
        if not module.path.startswith("gateway/demo/")
        for line in mentions(module, partner_names())
    ]
    assert not found, "put it into partners/ or maps/:\n" + "\n".join(found)


def test_a_name_in_a_string_is_seen() -> None:
    text = "if partner == 'Acme Retail': pass\n"
    assert mentions(Module("gateway/x.py", text, ast.parse(text)), {"acme retail"})
    assert mentions(Module("gateway/x.py", "def acme_quirk(): pass\n", ast.parse("def acme_quirk(): pass\n")), {"acme"})
    assert not mentions(Module("gateway/x.py", "'tacmes'\n", ast.parse("x = 'tacmes'\n")), {"acme"})
