"""The log of erasures outside the database, which `replay` applies to a database restored from an older state.

One small file an entry: files of a folder, or objects of a store, can be added by several hosts at once, and none is
ever changed. An entry holds keyed hashes and times, nothing that names anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from annotation import storage
from annotation.errors import Refusal

FOLDER = "erasures"


class NotLogged(Refusal):
    """The erasure could not be noted in the storage, so nothing was erased by this step: a restored backup would bring
    it back. {reason}, then ask for the erasure again."""

    code = "not_logged"
    status = 503


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`tombstones` are those of the interactions that this step erased; more entries may be of the same erasure."""

    feature: str
    subject: str
    hash: bytes
    at: datetime
    tombstones: Sequence[bytes]


def write(entry: Entry) -> None:
    """Flushed to the disk when it returns. Raises NotLogged."""
    name = f"{FOLDER}/{entry.at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(6)}.json"
    told = {
        "feature": entry.feature,
        "subject": entry.subject,
        "hash": entry.hash.hex(),
        "at": entry.at.isoformat(),
        "tombstones": [one.hex() for one in entry.tombstones],
    }
    try:
        with storage.writing(name, attempt=1, patient=False) as file:
            file.write(orjson.dumps(told))
    except OSError as error:
        raise NotLogged(reason=storage.said(error)) from error


def entries() -> Iterator[Entry]:
    """Every entry, the oldest first. Raises OSError."""
    for name in storage.names(FOLDER):
        told = orjson.loads(b"".join(storage.pieces(name)))
        yield Entry(
            feature=told["feature"],
            subject=told["subject"],
            hash=bytes.fromhex(told["hash"]),
            at=datetime.fromisoformat(told["at"]),
            tombstones=[bytes.fromhex(one) for one in told["tombstones"]],
        )
