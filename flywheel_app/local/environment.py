"""The settings around a command: those given to it, and those of a demo that runs beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from dotenv import dotenv_values

from flywheel_app.local import keys, process

ROOT = Path(__file__).resolve().parents[2]
# What a demo tells scripts, in the shape of the contract, and what it tells `manage.py`: all its settings.
FOR_SCRIPTS = "demo.json"
FOR_COMMANDS = "environment.json"


def folder(environ: Mapping[str, str]) -> Path:
    """Where the demo keeps its data."""
    return Path(environ.get("FLYWHEEL_DIR") or ROOT / ".flywheel")


def given(environ: Mapping[str, str], *, root: Path = ROOT) -> dict[str, str]:
    """What was set, in `.env` or, stronger, in the environment; empty values count as not set."""
    written = {name: value for name, value in dotenv_values(root / ".env").items() if value}
    return written | {name: value for name, value in environ.items() if value}


def join(environ: MutableMapping[str, str], *, root: Path = ROOT) -> bool:
    """Lend the command the settings of a running demo, unless it brings a database of its own.

    Returns whether there was one to join.
    """
    data = folder(environ)
    running = (data / FOR_SCRIPTS).exists() and process.is_locked(data)
    if "DATABASE_URL" in given(environ, root=root) or not running or not os.access(data / FOR_COMMANDS, os.R_OK):
        return False
    environ.update(keys.read_json(data / FOR_COMMANDS))
    return True


def publish(data: Path, *, settings: Mapping[str, str], demo: Mapping[str, object]) -> None:
    """Let others find the demo. The scripts' file comes last: who sees it finds a demo that serves."""
    keys.write_json(data / FOR_COMMANDS, dict(settings))
    keys.write_json(data / FOR_SCRIPTS, dict(demo))


def withdraw(data: Path) -> None:
    for name in (FOR_SCRIPTS, FOR_COMMANDS):
        (data / name).unlink(missing_ok=True)
