"""The values of the metadata key by which a feature is audited: the first twenty, and all others together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db.models import F

from annotation.models import Part
from annotation.models.validity import MAX_PART

MOST: Final = 20
"""More values would leave too little for each to be judged."""


def of(*, feature_id: int, key: str, values: Mapping[int, str]) -> dict[int, int]:
    """The part of each item that has a value for the key. New ones are made; the caller has the feature's lock."""
    told = {item: text for item, value in values.items() if (text := value.strip()[:MAX_PART])}
    if not key or not told:
        return {}
    known = {part.value: part.pk for part in Part.objects.filter(feature=feature_id, key=key, is_rest=False)}
    for text in dict.fromkeys(told.values()):
        if text not in known and len(known) < MOST:
            known[text] = Part.objects.create(feature_id=feature_id, key=key, value=text).pk
    rest = None if set(told.values()) <= known.keys() else _rest(feature_id, key)
    return {item: known.get(text, rest) for item, text in told.items()}  # type: ignore[misc]


def drop_old() -> int:
    """Forget the values of keys by which nothing is audited any more, with their figures. Returns how many values."""
    old = Part.objects.exclude(key=F("feature__audited_key"))
    count = old.count()
    if count:
        old.delete()
    return count


def _rest(feature_id: int, key: str) -> int:
    return Part.objects.get_or_create(feature_id=feature_id, key=key, is_rest=True)[0].pk
