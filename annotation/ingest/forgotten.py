"""Users who were erased: what they did before that isn't taken, though it arrives only now; what they do later is.

So an import that was under way, a sender's retry or a log that is read again brings nothing back. A resend of what was
stored here and erased is refused by its tombstone (`found.erased`) whenever it happened.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from annotation.ingest import identity
from annotation.ingest.found import Key
from annotation.models import Erasure

Sent = tuple[Key, Mapping[str, Any]]


def keys(sent: Collection[Sent]) -> set[Key]:
    """Those of the records whose user was erased after they occurred. Ask it while holding the gate."""
    named = [(key, values) for key, values in sent if values["user_key"] is not None]
    of_users = Erasure.objects.filter(feature_id__in={key[0] for key, _ in named}, subject=Erasure.Subject.USER)
    if not named or not of_users.exists():
        return set()
    hashes = {key: _hash(values) for key, values in named}
    found = of_users.filter(subject_hash__in=set(hashes.values()))
    since = {
        (feature_id, bytes(digest)): at
        for feature_id, digest, at in found.values_list("feature_id", "subject_hash", "asked_at")
    }
    return {
        key
        for key, values in named
        if (at := since.get((key[0], hashes[key]))) is not None and values["occurred_at"] <= at
    }


def _hash(values: Mapping[str, Any]) -> bytes:
    return identity.user_hash(feature=values["feature"], user_key=values["user_key"])
