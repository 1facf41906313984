"""`make` and `manage.py demo` before anything of Django is there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from flywheel_app.local import venv
from flywheel_app.local.environment import ROOT

# Stand for a Python without optimizations, and for one with: they answer what make asks before it takes one.
PLAIN = """#!/bin/sh
case "$2" in *--enable-optimizations*) exit 1;; esac
"""
OPTIMIZED = "#!/bin/sh\n"

# Runs a Python script as a Python would whose ensurepip Debian has put into another package.
WITHOUT_ENSUREPIP = """#!{python}
import runpy, sys
sys.modules["ensurepip"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _make(*arguments: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(ROOT), *arguments]
    return subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)


def _demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "demo", *arguments],
        env={**os.environ, "FLYWHEEL_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_names_the_package_that_a_python_without_venv_lacks(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(WITHOUT_ENSUREPIP.format(python=sys.executable))
    python.chmod(0o755)
    done = _make(f"VENV={tmp_path / 'venv'}", f"PYTHON={python}", "demo")
    assert done.returncode != 0
    assert "comes without `ensurepip`" in done.stderr
    assert "apt install python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_make_says_that_there_is_no_python(tmp_path: Path) -> None:
    done = _make(f"VENV={tmp_path / 'venv'}", "PYTHON=/nowhere/python", "demo")
    assert done.returncode != 0
    assert "Install Python 3.11 or later" in done.stderr


def test_make_takes_the_first_python_and_rather_one_with_optimizations(tmp_path: Path) -> None:
    scripts = {"python3": PLAIN, "python3.14": PLAIN, "python3.13": PLAIN, "python3.12": OPTIMIZED}
    for name, script in scripts.items():
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    assert _python_of(tmp_path) == "python3.12"
    assert _python_of(tmp_path, "PYTHON=/own/python") == "/own/python"
    (tmp_path / "python3").write_text(OPTIMIZED)
    assert _python_of(tmp_path) == "python3"


def _python_of(folder: Path, *arguments: str) -> str:
    """With which Python make would begin an environment, where those in a folder come first."""
    told = _make("-n", "VENV=/nowhere", "/nowhere/.made", *arguments, path=f"{folder}:{os.environ['PATH']}").stdout
    [line] = [line for line in told.splitlines() if "venv.py /nowhere" in line]
    return line.split()[0]


def test_an_old_python_is_told_which_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert venv.problem() is None
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert "needs Python 3.11 or later" in (venv.problem() or "")


def test_an_environment_that_is_there_is_kept_and_half_of_one_is_not(tmp_path: Path) -> None:
    assert venv.is_usable(sys.prefix)
    assert venv.main(sys.prefix) == 0
    assert not venv.is_usable(str(tmp_path))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "half")], check=True)
    assert not venv.is_usable(str(tmp_path / "half"))


@pytest.mark.long
def test_a_second_make_installs_nothing(tmp_path: Path) -> None:
    variables = [f"VENV={tmp_path / 'venv'}", f"PYTHON={sys.executable}"]
    installed = str(tmp_path / "venv" / ".installed")
    assert "Installing" in _make(*variables, installed).stdout
    assert "Installing" not in _make(*variables, installed).stdout


def test_help_lists_every_command() -> None:
    listed = _make("help").stdout
    assert all(f"make {name} " in listed for name in ("demo", "test", "check", "check-long", "bench", "fmt", "clean"))


def test_all_tests_are_spread_over_the_cores_and_named_ones_run_in_one_process() -> None:
    assert "pytest -n auto" in _make("-n", "test", "ARGS=").stdout
    named = _make("-n", "test", "ARGS=tests/local -k lock").stdout
    assert "pytest  tests/local -k lock" in named
    assert "-n auto" not in named


def test_every_dependency_is_locked_in_a_version_that_it_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    development = project["dependencies"] + project["optional-dependencies"]["dev"]
    for file, wanted in (("requirements.txt", project["dependencies"]), ("requirements-dev.txt", development)):
        locked = _locked(ROOT / file)
        for requirement in map(Requirement, wanted):
            assert requirement.specifier.contains(locked[requirement.name.lower()]), f"{requirement} in {file}"


def test_demo_and_tests_share_their_versions() -> None:
    assert _locked(ROOT / "requirements.txt").items() <= _locked(ROOT / "requirements-dev.txt").items()


def _locked(file: Path) -> dict[str, str]:
    pinned = [line.partition(";")[0].strip() for line in file.read_text().splitlines()]
    return dict(line.split("==", 1) for line in pinned if line)


def test_a_taken_port_is_said_in_words_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = _demo(folder, "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} can't be used" in done.stderr
    assert "make demo PORT=" in done.stderr
    assert not (folder / "postgres").exists()


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_a_port_that_is_none_is_refused(folder: Path, port: str) -> None:
    assert "a port is a number from 1 to 65535" in _demo(folder, "--port", port).stderr


def test_a_missing_file_of_interactions_is_said_in_words(folder: Path) -> None:
    assert "There is no file /nowhere/a.jsonl" in _demo(folder, "--data", "/nowhere/a.jsonl").stderr
