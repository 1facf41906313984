"""Random secrets of one data folder, made once and kept beside the data that needs them."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from annotation.errors import Refusal

NAMES = ("database_password", "secret_key", "hash_key")


class KeysLost(Refusal):
    """{file} is missing, and the data in {folder} can't be read without its keys. Put the file back from a backup, or
    move {folder} away to start with empty data."""


def read_or_make(folder: Path, *, has_data: bool) -> dict[str, str]:
    """The folder's keys by name. Made only for a folder without data: a second HASH_KEY would orphan every hash."""
    file = folder / "keys.json"
    if file.exists():
        return dict(read_json(file))
    if has_data:
        raise KeysLost(file=file, folder=folder)
    keys = {name: secrets.token_urlsafe(48) for name in NAMES}
    write_json(file, keys)
    return keys


def read_json(file: Path) -> Any:
    return json.loads(file.read_text())


def write_json(file: Path, value: object) -> None:
    """Write for the owner's eyes only, and never leave half a file under the final name."""
    half = file.with_name(f"{file.name}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(value, opened, indent=2)
        opened.write("\n")
    half.rename(file)
