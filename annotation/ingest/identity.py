"""What stands for what was sent: keyed hashes, the same for every door, every server and every time."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

from annotation.lib import canonical, keyed, public_ids

_KEY = settings.HASH_KEY  # read once: Django's settings are slow to ask, and every record asks several times
_fingerprint = keyed.digests(_KEY, purpose="fingerprint")


def fingerprint(spelled: bytes) -> bytes:
    """Of a record's canonical bytes: equal for the same content, and for nothing else."""
    return _fingerprint(spelled)


def random_number(*, feature: str, interaction_id: str) -> float:
    """In (0, 1), for life: it decides the order in which items are served."""
    return _draws(feature, "random-number")(interaction_id)


def user_hash(*, feature: str, user_key: str) -> bytes:
    return _digests(feature, "user")(user_key)


def tombstone(*, feature: str, interaction_id: str) -> bytes:
    return _digests(feature, "tombstone")(interaction_id)


def is_evaluation(*, feature: str, share: float, conversation_id: str | None, interaction_id: str) -> bool:
    """Whether this conversation, or interaction without one, is reserved for evaluation."""
    if not share:
        return False
    parts = ("conversation", conversation_id) if conversation_id is not None else ("interaction", interaction_id)
    return keyed.unit_interval(_KEY, feature, *parts, purpose="evaluation") < share


def signal_id(*, feature: str, interaction_id: str, kind: str, observed: str, details: dict[str, object]) -> str:
    """For a signal without an id of the sender's: the same for the same signal sent again."""
    told = canonical.dumps(details)
    digest = _digests(feature, "signal")(interaction_id, kind, observed, told)
    return public_ids.derived("sig", digest)


@lru_cache(maxsize=1024)
def _digests(feature: str, purpose: str) -> Callable[..., bytes]:
    """For all records of a feature: what they share is hashed once."""
    return keyed.digests(_KEY, feature, purpose=purpose)


@lru_cache(maxsize=1024)
def _draws(feature: str, purpose: str) -> Callable[..., float]:
    return keyed.unit_intervals(_KEY, feature, purpose=purpose)
