"""A Python that has the libraries of others, made for one run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def python(place: Path, *wanted: str) -> Path:
    """An environment in an empty folder. COMPAT_PYTHON names one that is there already."""
    if known := os.environ.get("COMPAT_PYTHON"):
        return Path(known)
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    install: list[str | Path] = [place / "bin/pip", "install", "--quiet"]
    if "torch" in wanted:
        # Where a build for the CPU lies at hand (pip's `find-links`), that one: the registry's brings 3 GB along.
        subprocess.run([*install, "--no-index", "--no-deps", "torch"], check=False, capture_output=True)
    subprocess.run([*install, *wanted], check=True)
    return place / "bin/python"


def told(python: Path, script: Path, *arguments: str, **named: str) -> str:
    """What a script says in that environment, which may load nothing from elsewhere. `named`: variables for it."""
    done = subprocess.run(
        [python, script, *arguments], capture_output=True, text=True, env=os.environ | OFFLINE | named, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.splitlines()[-1]
