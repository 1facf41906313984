"""The files of deploy/: what they name exists, what they set is a setting, and what they start takes its options."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from flywheel_app import config
from tests.workers import environment

DEPLOY = config.ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "containers/compose.yaml").read_text())
CONTAINERFILE = (DEPLOY / "containers/Containerfile").read_text()
EXAMPLE = DEPLOY / "flywheel.env.example"
SETTINGS = {name.upper() for name in config.Config.model_fields}
REQUIRED = {name.upper() for name, field in config.Config.model_fields.items() if field.is_required()}
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "flywheel"}
BIN = "/opt/flywheel/.venv/bin/"


def unit(file: Path) -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(file)
    return dict(parser["Service"])


def commands() -> dict[str, list[str]]:
    """What is started, by where it says so; `gunicorn` and the like without a folder."""
    found = {file.stem: shlex.split(unit(file)["ExecStart"].replace(BIN, "")) for file in UNITS}
    found |= {f"compose {name}": one["command"] for name, one in OURS.items() if "command" in one}
    (told,) = re.findall(r"^CMD (\[.*\])$", CONTAINERFILE, flags=re.MULTILINE)
    return found | {"Containerfile": json.loads(told)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", commands())
def test_what_is_started_takes_its_options(where: str) -> None:
    program, *arguments = commands()[where]
    check = {"gunicorn": ["--check-config"], "celery": ["--help"], "python": ["--help"]}[program]
    command = [sys.executable, *([] if program == "python" else ["-m", program]), *arguments, *check]
    done = subprocess.run(command, cwd=config.ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_example_of_settings_is_one_that_flywheel_starts_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    example = tmp_path / "flywheel.env"
    example.write_text(re.sub(r"_KEY=$", "_KEY=" + "k" * 48, EXAMPLE.read_text(), flags=re.MULTILINE))
    named = {line.partition("=")[0] for line in EXAMPLE.read_text().splitlines() if line and line[0] != "#"}
    assert REQUIRED <= named <= SETTINGS
    assert config.Config(_env_file=example).storage_bucket is not None


def test_no_key_or_password_has_a_value_that_somebody_might_keep() -> None:
    for text in (EXAMPLE.read_text(), (DEPLOY / "containers/compose.yaml").read_text()):
        for name, value in re.findall(r"^ *(\w*(?:KEY|PASSWORD)\w*) *[=:] *(.*)$", text, flags=re.MULTILINE):
            assert value == "" or value.startswith("${"), name


def test_compose_sets_what_is_required_and_nothing_unknown() -> None:
    for name, service in OURS.items():
        assert REQUIRED <= set(service["environment"]) <= SETTINGS, name
        assert service["read_only"]
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
    mounts = {one.partition(":")[0] for service in COMPOSE["services"].values() for one in service["volumes"]}
    assert mounts == set(COMPOSE["volumes"])
    assert (DEPLOY / "containers" / COMPOSE["x-flywheel"]["build"]["context"]).resolve() == config.ROOT


def test_the_image_copies_what_there_is_and_runs_as_nobody_in_particular() -> None:
    copied = [
        name for line in re.findall(r"^COPY (.*) \S+$", CONTAINERFILE, flags=re.MULTILINE) for name in line.split()
    ]
    assert [name for name in copied if not (config.ROOT / name).exists()] == []
    let_in = {
        line[1:]
        for line in (DEPLOY / "containers/Containerfile.dockerignore").read_text().splitlines()
        if line[0] == "!"
    }
    assert let_in == set(copied)
    assert re.findall(r"^USER (\S+)$", CONTAINERFILE, flags=re.MULTILINE)[-1].split(":")[0] not in ("root", "0")


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_units_run_as_their_own_user_and_are_started_again(file: Path) -> None:
    service = unit(file)
    assert service["User"] == "flywheel"
    assert service["EnvironmentFile"] == "/etc/flywheel/flywheel.env"
    assert service.get("Type") == "oneshot" or service["Restart"] == "always"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_knows_every_word_of_the_units(tmp_path: Path) -> None:
    for file in UNITS:
        # The programs are where this run has them.
        text = file.read_text().replace(BIN, f"{Path(sys.executable).parent}/")
        (tmp_path / file.name).write_text(text.replace("/opt/flywheel", str(config.ROOT)))
    written = [str(tmp_path / file.name) for file in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *written], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "flywheel-" in line]
    assert told == []
