"""The one shape of what is sent: each record checked alone, without a database.

Whatever a record can't be taken for is found here, since PostgreSQL refuses a whole batch for one bad text.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from annotation.ingest import identity
from annotation.ingest.fields import (
    Anything,
    InvalidRecord,
    ListOf,
    Messages,
    Number,
    Object,
    OneOf,
    Shape,
    Text,
    Time,
    checked,
)
from annotation.lib import canonical, messages

ID = 256
MODEL = 200
KIND = 60
NO_SIGNAL = "no_signal"
"""Flywheel's own kind, and the id of its signal: that nothing came. Nobody sends it."""

DERIVED = "derived-"
"""What the ids of signals begin with that Flywheel derives. Nobody sends them either."""

_COUNT = Number(low=1, high=1_000_000, is_whole=True)

EXPOSURE = Shape(
    {
        "set_id": Text(longest=ID, is_required=True),
        "rank": _COUNT,
        "of": _COUNT,
        "propensity": Number(low=0, high=1),
    }
)

NESTED_SIGNAL = Shape(
    {
        "id": Text(longest=ID),
        "kind": Text(longest=KIND, is_required=True),
        "observed_at": Time(is_required=True),
        "details": Anything(),
    }
)

SIGNAL = Shape(
    {
        "feature": Text(longest=100, is_required=True),
        "interaction_id": Text(longest=ID, is_required=True),
        **NESTED_SIGNAL,
    }
)

INTERACTION = Shape(
    {
        "feature": Text(longest=100, is_required=True),
        "id": Text(longest=ID, is_required=True),
        "conversation_id": Text(longest=ID),
        "user_key": Text(longest=1000),
        "occurred_at": Time(is_required=True),
        "model_version": Text(longest=MODEL),
        "request_model": Text(longest=MODEL),
        "response_model": Text(longest=MODEL),
        "input": Messages(),
        "output": Messages(is_required=True),
        "final_text": Text(may_be_empty=True),
        "exposure": Object(fields=EXPOSURE),
        "replaces": Text(longest=ID),
        "metadata": Anything(),
        "signals": ListOf(fields=NESTED_SIGNAL, most=1000),
    }
)

LABEL = Shape(
    {
        "feature": Text(longest=100, is_required=True),
        "interaction_id": Text(longest=ID, is_required=True),
        "signal_kind": Text(longest=KIND),
        "signal_id": Text(longest=ID),
        "source": OneOf(words=("rule", "judge", "gold", "human"), is_required=True),
        "source_name": Text(longest=200, is_required=True),
        "reason": Text(longest=KIND, is_required=True),
        "taxonomy_version": Number(low=1, high=1_000_000, is_whole=True),
        "confidence": Number(low=0, high=1),
        "labeled_at": Time(),
        "duration_ms": Number(low=0, high=10**12, is_whole=True),
        "comment": Text(longest=20_000, may_be_empty=True),
        "correction": Text(longest=1_000_000, may_be_empty=True),
    }
)

# The fields of an interaction that a checked record may have anything but one text in.
_NESTED = tuple(name for name, field in INTERACTION.items() if name != "signals" and not isinstance(field, Text | Time))


class SignalIn(NamedTuple):
    """A signal as sent. `observed_text` is the time as it was spelled: signals without an id are told apart by it."""

    feature: str
    interaction_id: str
    id: str | None
    kind: str
    observed_at: datetime
    observed_text: str
    details: dict[str, Any]


class InteractionIn(NamedTuple):
    """An interaction as sent; `fingerprint` is of the whole record without its signals, in one spelling only.

    `feature` and `id` are among the `values`, too.
    """

    feature: str
    id: str
    values: dict[str, Any]
    signals: tuple[SignalIn, ...]
    fingerprint: bytes


def interaction(value: object) -> InteractionIn:
    """Raises InvalidRecord."""
    values = checked(value, INTERACTION)
    assert isinstance(value, dict)
    # While its bytes are at hand: later they would have to be fetched from memory again.
    fingerprint = identity.fingerprint(_storable(value))
    exposure = values["exposure"]
    if exposure and (exposure["rank"] or 1) > (exposure["of"] or exposure["rank"] or 1):
        raise InvalidRecord("out_of_range", "exposure.rank is larger than exposure.of. Ranks run from 1 to “of”.")
    feature, name = values["feature"], values["id"]
    checked_signals = values.pop("signals")
    if not checked_signals:
        return InteractionIn(feature, name, values, (), fingerprint)
    nested = value["signals"]
    _check_texts(nested)
    found = zip(checked_signals, nested, strict=True)
    signals = tuple([_signal(one, sent, feature, name) for one, sent in found])
    if len(signals) > 1:
        _check_ids(signals)
    return InteractionIn(feature, name, values, signals, fingerprint)


def signal(value: object) -> SignalIn:
    """Raises InvalidRecord."""
    values = checked(value, SIGNAL)
    assert isinstance(value, dict)
    _check_texts(value)
    return _signal(values, value, values["feature"], values["interaction_id"])


def label(value: object) -> dict[str, Any]:
    """A label made elsewhere, by the names of `LABEL`. Raises InvalidRecord."""
    values = checked(value, LABEL)
    assert isinstance(value, dict)
    _check_texts(value)
    return values


def short_id(value: object, name: str = "id") -> str | None:
    """What a refusal calls the record by: its id, cut short; None where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found.encode("utf-8", "replace").decode()[:100] if isinstance(found, str) else None


def _signal(values: dict[str, Any], sent: dict[str, Any], feature: str, interaction_id: str) -> SignalIn:
    if NO_SIGNAL in (values["kind"], values["id"]):
        raise InvalidRecord("reserved_kind", f"{NO_SIGNAL} is made by Flywheel itself. Leave the signal out.")
    if values["id"] is not None and values["id"].startswith(DERIVED):
        told = f"Ids of signals that begin with {DERIVED} are Flywheel's own. Give the signal another one, or none."
        raise InvalidRecord("reserved_id", told)
    return SignalIn(
        feature,
        interaction_id,
        values["id"],
        values["kind"],
        values["observed_at"],
        sent["observed_at"],
        values["details"] or {},
    )


def _check_ids(signals: tuple[SignalIn, ...]) -> None:
    kinds: dict[str, str] = {}
    for one in signals:
        if one.id is not None and kinds.setdefault(one.id, one.kind) != one.kind:
            raise InvalidRecord("conflicting_duplicate", "Two signals of this record have one id and different kinds.")


def _storable(value: dict[str, Any]) -> bytes:
    """The canonical bytes of a checked record without its signals, if PostgreSQL can hold every text and number."""
    told = value.copy()
    told.pop("signals", None)
    # The other fields are known to be texts by now.
    nested = [one for name in _NESTED if (one := told.get(name)) is not None and not messages.is_plain(one)]
    try:
        spelled = canonical.dumps(told, plain=all(map(canonical.is_plain, nested)))
    except canonical.NotCanonicalError as error:
        raise _not_json(error) from error
    _check_no_nul(spelled, value)
    return spelled


def _check_texts(value: object) -> None:
    """As `_storable`, where nobody asks for the spelling."""
    try:
        spelled = orjson.dumps(value)
    except orjson.JSONEncodeError:
        # What only the fast writer can't write is written by the patient one, or refused in words.
        try:
            spelled = canonical.dumps(value)
        except canonical.NotCanonicalError as error:
            raise _not_json(error) from error
    _check_no_nul(spelled, value)


def _not_json(error: canonical.NotCanonicalError) -> InvalidRecord:
    return InvalidRecord("invalid_text", f"The record holds what is not text or a number: {_words(error)}.")


def _check_no_nul(spelled: bytes, value: object) -> None:
    if b"\\u0000" in spelled and any("\0" in text for text in _texts(value)):
        raise InvalidRecord("invalid_text", "The record holds the character U+0000, which can't be stored. Remove it.")


def _words(error: canonical.NotCanonicalError) -> str:
    if isinstance(error.__cause__, orjson.JSONEncodeError):
        return "half of a surrogate pair; send whole characters"
    return str(error)


def _texts(value: object) -> Iterator[str]:
    """Every text inside, names of fields included."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
