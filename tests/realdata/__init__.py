"""Real human-AI interactions, made by others, as records of the contract. The data itself is not in this repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

Record = dict[str, Any]
"""One record as `POST /api/v1/interactions` takes it."""

_BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "data"


def folder(name: str) -> Path:
    """Where the files of one source lie, there or not: below FLYWHEEL_REAL_DATA, else `../shared/data`."""
    return Path(os.environ.get("FLYWHEEL_REAL_DATA") or _BESIDE_THE_REPOSITORY) / name


def requires(*names: str) -> pytest.MarkDecorator:
    """Skips a test, a class or (as `pytestmark`) a module where the files of any of these sources are missing."""
    missing = [str(folder(name)) for name in names if not folder(name).is_dir()]
    reason = f"no real data at {', '.join(missing)}; FLYWHEEL_REAL_DATA names the folder that holds it"
    return pytest.mark.skipif(bool(missing), reason=reason)
