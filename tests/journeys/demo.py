"""`manage.py demo` as a newcomer starts it, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from flywheel_app.local import place, process
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
# What the test run has set for its own servers must not reach the demo, which brings its own.
OWN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HASH_KEY", "STORAGE_URL", "ALLOWED_HOSTS", "HTTPS", "DATABASE_POOL")


class Demo:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OWN}
        return kept | {"FLYWHEEL_DIR": str(self.folder)}

    @property
    def pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text()

    @property
    def told(self) -> dict[str, Any]:
        """What `demo.json` says."""
        told: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return told

    def start(self, *arguments: str) -> None:
        """Start, and return once it has said where it serves."""
        (self.folder / "demo.json").unlink(missing_ok=True)
        began = time.monotonic()
        with (self.folder / "said.txt").open("wb") as said:
            self._popen = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(self.port), *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while not (self.folder / "demo.json").exists():
            assert self._popen.poll() is None, self.said
            assert time.monotonic() - began < PATIENCE, self.said
            time.sleep(0.05)

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        assert self._popen is not None
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGINT)
        return self._popen.wait(60)

    def kill(self) -> None:
        """`kill -9` of the launcher alone."""
        assert self._popen is not None
        self._popen.kill()
        self._popen.wait(10)

    def processes(self) -> list[int]:
        """What runs for this demo, whoever started it."""
        return [one.pid for one in process.tagged(place.tag(self.folder.resolve()))]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command run beside the demo, which it joins."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def get(self, path: str) -> Any:
        return self._ask(path, None)

    def post(self, path: str, body: object) -> Any:
        return self._ask(path, orjson.dumps(body))

    def _ask(self, path: str, body: bytes | None) -> Any:
        headers = {"Authorization": f"Bearer {self.told['token']}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.told['url']}{path}", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return orjson.loads(answer.read())

    def user(self, name: str) -> Mapping[str, str]:
        found: Mapping[str, str] = self.told["users"][name]
        return found
