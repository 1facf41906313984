"""Run one command with the test servers beside it: `python -m flywheel_app.local.run -- COMMAND`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from annotation.errors import Refusal
from flywheel_app.local import servers
from flywheel_app.local.environment import ROOT


def main(arguments: list[str]) -> int:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print("Name a command: python -m flywheel_app.local.run -- python manage.py check", file=sys.stderr)
        return 2
    try:
        with (
            tempfile.TemporaryDirectory() as storage,
            servers.running(servers.for_tests(ROOT), given=os.environ) as urls,
        ):
            settings = servers.settings(urls, storage=Path(storage))
            return subprocess.run(command, env={**os.environ, **settings}, check=False).returncode
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
