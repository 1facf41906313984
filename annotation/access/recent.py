"""Tokens as they were read of late: who sends often is let in without a question to the database at each request.

It is asked where the request has to ask anyway: nothing may come of it before `check` has found, in the transaction
that stores what was sent, that the token's row is still the one that was read. Whatever is done to a token (it is
revoked, rotated, given another limit) makes a new version of its row, and so does the note of its use, which is made
once a minute: nobody is let in by what is older.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from annotation import access, loading
from annotation.access import Reading

KEPT = 1000

_VERSIONS = f"SELECT t.id, {access.VERSION} FROM annotation_apitoken t WHERE t.id = ANY($1::bigint[])"  # noqa: S608

_kept: dict[bytes, Reading] = {}


class Changed(Exception):
    """A token is not what it was when it was read: it has to be read `anew`."""


def reading_of(*, secret: str, now: datetime) -> Reading | None:
    """As `access.reading_of`, of late or now. What it lets in has to be checked."""
    asked = access.secret_hash(secret)
    kept = _kept.get(asked)
    if kept is not None and kept.is_live(now) and not kept.is_use_due(now):
        access.let_in(kept.token)
        return kept
    found = access.reading_of(secret=secret, now=now)
    if found is not None:
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[asked] = found
    return found


def anew(reading: Reading, *, now: datetime) -> Reading | None:
    """What a request that was let in by this is let in by now, if by anything."""
    _kept.pop(reading.asked, None)
    return access.read(asked=reading.asked, now=now)


def checking(readings: Collection[Reading]) -> Callable[[], None]:
    """Asks now whether the tokens are what they were; the answer, where it is read, raises Changed if one is not."""
    if not readings:
        return lambda: None
    answer = loading.asking(_VERSIONS, [list({one.token.pk for one in readings})])

    def check() -> None:
        versions = dict(answer())
        if any(versions.get(one.token.pk) != one.version for one in readings):
            raise Changed

    return check
