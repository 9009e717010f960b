"""What the demo tells a person to type next can be typed as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.demo.typed import typed_command


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command in a virtual environment below the current folder, not on the path."""
    made = tmp_path / ".venv" / "bin" / "gateway"
    made.parent.mkdir(parents=True)
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    return made


def test_a_command_that_is_not_on_the_path_is_named_by_its_path(command: Path) -> None:
    assert typed_command(".venv/bin/gateway") == ".venv/bin/gateway"
    assert typed_command(str(command)) == ".venv/bin/gateway"


def test_one_elsewhere_is_named_in_full(command: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert typed_command(str(command)) == str(command).lstrip("/")
    monkeypatch.chdir("/usr")
    assert typed_command(str(command)) == str(command)


def test_one_on_the_path_is_just_its_name(command: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(command.parent))
    assert typed_command(str(command)) == "gateway"


def test_another_program_that_plays_the_demo_names_the_command(command: Path) -> None:
    assert typed_command("/usr/bin/pytest") == "gateway"
