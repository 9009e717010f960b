"""The import contracts in pyproject.toml cover every module: one that is in no layer could import anything."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.house.source import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def layered(package: str) -> set[str]:
    """Return the names that the layer contracts give to the direct children of `package`."""
    lines = [line for contract in CONTRACTS if contract["type"] == "layers" for line in contract["layers"]]
    names = {name for line in lines for name in re.findall(r"[\w.]+", line)}
    return {name for name in names if name.startswith(f"{package}.") and name.count(".") == 1}


def children(package: Path) -> set[str]:
    """Return the modules and packages directly inside `package`, by dotted name."""
    found = {f"{package.name}.{file.stem}" for file in package.glob("*.py") if file.stem != "__init__"}
    return found | {f"{package.name}.{file.parent.name}" for file in package.glob("*/__init__.py")}


@pytest.mark.parametrize("package", ["gateway", "translators"])
def test_every_module_has_its_layer(package: str) -> None:
    homeless = children(ROOT / package) - layered(package)
    assert not homeless, f"name them in a layer of pyproject.toml: {sorted(homeless)}"


@pytest.mark.parametrize("package", ["gateway", "translators"])
def test_every_folder_with_python_is_a_package(package: str) -> None:
    """import-linter and mypy pass over a folder without __init__.py; Alembic loads migrations by their path."""
    folders = {file.parent for file in (ROOT / package).rglob("*.py") if "migrations" not in file.parts}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]
