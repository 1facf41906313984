"""`manage.py demo`: Flywheel with servers and sample data of its own, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from annotation.errors import Refusal
from flywheel_app.local import environment, keys, place, process
from flywheel_app.local.services import PROCESSES, Services

PEOPLE = ("annotator", "annotator2", "adjudicator", "engineer", "admin")


class NoSuchFile(Refusal):
    """There is no file {file} to read. DATA names files of interactions, one JSON object a line:
    make demo DATA="first.jsonl second.jsonl"."""


def main(arguments: list[str]) -> int:
    """Run the demo; the exit code is 0 after Ctrl-C and 1 if it could not start."""
    options = _parse(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Also where the shell had SIGINT ignored, as it does for what it starts in the background.
        signal.signal(number, _interrupt)
    try:
        _run(port=options.port, files=[_existing(file) for file in options.data])
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("Stopped. `make demo` finds the data again.")
    return 0


def say(text: str) -> None:
    print(text, flush=True)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Start Flywheel with sample data.")
    parser.add_argument("--port", type=_port, default=8000, help="where to serve (default: 8000)")
    parser.add_argument("--data", nargs="*", default=[], metavar="FILE", help="JSONL files to start with")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


def _existing(name: str) -> Path:
    file = Path(name).absolute()
    if not file.is_file():
        raise NoSuchFile(file=file)
    return file


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(*, port: int, files: list[Path]) -> None:
    began = time.monotonic()
    folder = environment.folder(os.environ)
    with process.lock(folder):
        here = place.prepare(folder)
        services = Services(here, port=port, given=environment.given(os.environ), say=say)
        try:
            _start(services, files=files)
            say(_welcome(services, seconds=time.monotonic() - began))
            while True:
                time.sleep(0.3)
                services.tend()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            environment.withdraw(here.folder)
            services.stop()


def _start(services: Services, *, files: list[Path]) -> None:
    here = services.place
    environment.withdraw(here.folder)
    if services.stop():
        say("Stopped what an earlier start had left running.")
    services.check_port()
    services.start_servers()
    accounts = _accounts(here.folder)
    say("Preparing the database and the sample.")
    services.manage("migrate", "--verbosity", "1")
    services.manage("load_sample", "--accounts", str(accounts), *(["--data", *map(str, files)] if files else []))
    services.start_processes()
    environment.publish(here.folder, settings=services.settings, demo=_for_scripts(services))


def _accounts(folder: Path) -> Path:
    """The file of the demo's people and token, made at random once for each data folder."""
    file = folder / "accounts.json"
    if not file.exists():
        people = {name: {"email": f"{name}@example.com", "password": secrets.token_urlsafe(12)} for name in PEOPLE}
        keys.write_json(file, people | {"token": "fw_" + secrets.token_urlsafe(32)})
    return file


def _for_scripts(services: Services) -> dict[str, object]:
    accounts = keys.read_json(services.place.folder / "accounts.json")
    return {
        "url": services.url,
        "token": accounts["token"],
        "database_url": services.settings["DATABASE_URL"],
        "redis_url": services.settings["REDIS_URL"],
        "users": {name: accounts[name] for name in PEOPLE},
    }


def _welcome(services: Services, *, seconds: float) -> str:
    accounts = keys.read_json(services.place.folder / "accounts.json")
    people = [(name, accounts[name]["email"], accounts[name]["password"]) for name in PEOPLE]
    lines = "\n".join(f"  {name:<12} {email:<26} {password}" for name, email, password in people)
    return f"""
Flywheel runs at {services.url} (started in {seconds:.0f} s, with sample data).

Sign in as                                 password
{lines}

API token      {accounts["token"]}
For scripts    {services.place.folder / environment.FOR_SCRIPTS}
Logs           {services.place.logs} ({", ".join(PROCESSES)}, postgres, valkey)

Ctrl-C stops everything; what you did stays for the next `make demo`.
"""
