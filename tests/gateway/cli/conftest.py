"""Commands run in this process, as a person would type them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.cli.app import run
from tests.gateway.scene import Scene

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Run a command; return its exit code and what it wrote on stdout and stderr."""

    def type_it(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        written = capsys.readouterr()
        return code, written.out, written.err

    return type_it


@pytest.fixture
def at_scene(typed: Typed, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run a command in the home of the scene."""
    monkeypatch.setenv("GATEWAY_HOME", str(scene.gateway.home))
    return typed
