"""What we ship works where nothing else is: the wheel builds, installs in an empty environment and finds what belongs to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.source import ROOT

pytestmark = pytest.mark.wheel

# The modules that only an extra brings to life, and the package they need; who imports one of them does so where it is asked for.
EXTRAS = {"gateway.transports.sftp_host": "asyncssh"}


def installer() -> str:
    """Return the path of uv: the Makefile's, else the machine's."""
    for candidate in (os.environ.get("UV"), ROOT / ".uv" / "bin" / "uv", shutil.which("uv")):
        if candidate and Path(candidate).is_file():
            return str(candidate)
    pytest.skip("uv is missing: `make wheel-check` brings it, or: pip install uv")


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Return what a command prints; fail with all of it when the command does."""
    outside = {
        key: value for key, value in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "PYTHONPATH", "GATEWAY_"))
    }
    done = subprocess.run(command, cwd=cwd, env=outside | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel in a folder of its own, with the build backend that the lock file pins."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with the wheel and the run-time dependencies of the lock file, and nothing else."""
    uv = installer()
    environment = tmp_path_factory.mktemp("empty") / "environment"
    here = {"UV_PROJECT_ENVIRONMENT": str(environment)}
    sync = (uv, "sync", "--frozen", "--quiet", "--no-dev", "--no-install-project", "--python", sys.executable)
    run(*sync, cwd=ROOT, **here)
    python = environment / "bin" / "python"
    run(uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel, cwd=ROOT)
    run(uv, "pip", "check", "--quiet", "--python", python, cwd=ROOT)
    return environment


def test_the_wheel_holds_the_maps_the_partners_the_handbook_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("maps", "partners"):
        shipped = {
            name.removeprefix("gateway/_shipped/") for name in names if name.startswith(f"gateway/_shipped/{folder}/")
        }
        there = {file.relative_to(ROOT).as_posix() for file in (ROOT / folder).rglob("*") if file.is_file()}
        assert shipped == there
        assert shipped
    assert "gateway/handbook/errors.md" in names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"gateway", "translators"}


def test_the_installed_gateway_finds_its_maps_and_partners(installation: Path, tmp_path: Path) -> None:
    question = "from gateway.shipped import maps_dir, partners_dir; print(maps_dir()); print(partners_dir())"
    answer = run(installation / "bin" / "python", "-I", "-c", question, cwd=tmp_path).splitlines()
    assert [Path(line).name for line in answer] == ["maps", "partners"]
    assert all(Path(line).is_relative_to(installation) for line in answer)


def test_the_installed_gateway_needs_nothing_of_the_tests_packages(installation: Path, tmp_path: Path) -> None:
    """Every module imports where only the run-time dependencies are, but those of an extra: they lack its package and nothing else."""
    question = (
        "import importlib, pkgutil, gateway, translators\n"
        "for package in (gateway, translators):\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if '.migrations' not in module.name and not module.name.endswith('__main__'):\n"
        "            try:\n"
        "                importlib.import_module(module.name)\n"
        "                print(module.name)\n"
        "            except ModuleNotFoundError as missing:\n"
        "                print(module.name + '=' + str(missing.name))\n"
    )
    told = run(installation / "bin" / "python", "-I", "-W", "error", "-c", question, cwd=tmp_path).split()
    imported = [name for name in told if "=" not in name]
    assert dict(name.split("=") for name in told if "=" in name) == EXTRAS
    assert "gateway.errors" in imported
    assert "translators.findings" in imported


def test_the_installed_command_runs_outside_the_checkout(installation: Path, tmp_path: Path) -> None:
    assert "Usage" in run(installation / "bin" / "gateway", "--help", cwd=tmp_path)


def test_the_installed_command_makes_a_gateway_that_reads_an_order(installation: Path, tmp_path: Path) -> None:
    """Settings to start with, migrations, definitions and maps are all in the wheel."""
    gateway = installation / "bin" / "gateway"
    run(gateway, "init", tmp_path / "home", cwd=tmp_path)
    run(gateway, "check", "--home", tmp_path / "home", cwd=tmp_path)
    sample = next((ROOT / "maps" / "x12" / "samples").glob("850*.edi"))
    shutil.copy(sample, tmp_path / "order.edi")
    run(gateway, "validate", "order.edi", "--home", tmp_path / "home", cwd=tmp_path)
