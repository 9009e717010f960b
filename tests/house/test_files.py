"""Every data file that people edit can be read."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.house.source import ROOT

FOLDERS = ("maps", "partners", "gateway", "tests")


def files(ending: str) -> list[Path]:
    """Return the project's files with this ending, those at the top too."""
    return sorted(
        [*ROOT.glob(f"*{ending}"), *(file for folder in FOLDERS for file in (ROOT / folder).rglob(f"*{ending}"))]
    )


@pytest.mark.parametrize("file", files(".toml"), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_toml_can_be_read(file: Path) -> None:
    assert tomllib.loads(file.read_text(encoding="utf-8"))


def test_json_can_be_read() -> None:
    broken = []
    for file in files(".json"):
        try:
            json.loads(file.read_text(encoding="utf-8"))
        except ValueError as reason:
            broken.append(f"{file.relative_to(ROOT)}: {reason}")
    assert not broken


def test_the_test_command_of_ci_is_the_readers_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make test"]
