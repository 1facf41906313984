"""Argilla: a flat record is an interaction, its submitted responses and its suggestions are signals.

Written from the documented shape alone. Records carry no time, so it is read from a field or given for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotation.lib.foreign import places, scores
from annotation.lib.foreign.found import Answer, Aside, Found, Unusable, Wishes, not_an_object, text

_RESPONSES = ".responses"
_SUGGESTION = ".suggestion"
_OURS = ("id", "status", "_server_id", "external_id")
_SUBMITTED = "submitted"
_NO_TIME = (
    "The record has no time, and Argilla exports none. Say under which key it stands (the field occurred_at), or give "
    "one time for all records that have none."
)


def found(value: Any, wishes: Wishes) -> Iterator[Found]:
    if not isinstance(value, dict):
        yield not_an_object(value, "a record")
        return
    name = text(value.get("id")) or text(value.get("external_id")) or text(value.get("_server_id"))
    sent = places.interaction(_data(value), name=name or "", at=None, wishes=wishes)
    if "occurred_at" not in sent:
        yield Unusable("missing_field", _NO_TIME, name)
        return
    given = list(_given(value, sent["occurred_at"], name, wishes))
    signals = [one for one in given if isinstance(one, dict)]
    yield Answer(sent | ({"signals": signals} if signals else {}))
    for what in ("responses that were not submitted", "scores that a rule leaves out"):
        if count := given.count(what):
            yield Aside(what, count)


def _data(value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields and the metadata, by their own names; the questions and vectors are not data."""
    questions = {name.split(".")[0] for name in value if _RESPONSES in name or _SUGGESTION in name}
    data: dict[str, Any] = {}
    for name, one in value.items():
        first = name.split(".")[0]
        if first == "metadata" and isinstance(one, dict):
            data |= one
        elif first not in (*questions, *_OURS, "vectors"):
            data[name.removeprefix("metadata.")] = one
    return data


def _given(value: Mapping[str, Any], at: str, record: str | None, wishes: Wishes) -> Iterator[dict[str, Any] | str]:
    """Signals, and in words why there is none."""
    for name in value:
        if name.endswith(_RESPONSES):
            yield from _responses(value, name.removesuffix(_RESPONSES), at, record, wishes)
        elif name.endswith(_SUGGESTION) and value[name] is not None:
            question = name.removesuffix(_SUGGESTION)
            agent = value.get(f"{name}.agent")
            made = scores.signal(
                # Under a name of its own: what a model suggested is not what a person said.
                name=f"{question}{_SUGGESTION}",
                value=value[name],
                at=at,
                id=f"argilla-{record}-{question}-suggestion",
                rules=wishes.rules,
                source="argilla",
                agent=agent,
                score=value.get(f"{name}.score"),
            )
            yield made or "scores that a rule leaves out"


def _responses(
    value: Mapping[str, Any], question: str, at: str, record: str | None, wishes: Wishes
) -> Iterator[dict[str, Any] | str]:
    answers = _listed(value[f"{question}{_RESPONSES}"])
    users = _listed(value.get(f"{question}{_RESPONSES}.users"))
    statuses = _listed(value.get(f"{question}{_RESPONSES}.status"))
    for number, answer in enumerate(answers):
        user = text(users[number]) if number < len(users) else None
        if number < len(statuses) and statuses[number] != _SUBMITTED:
            yield "responses that were not submitted"
            continue
        made = scores.signal(
            name=question,
            value=answer,
            at=at,
            id=f"argilla-{record}-{question}-{user or number}",
            rules=wishes.rules,
            source="argilla",
            annotator=user,
        )
        yield made or "scores that a rule leaves out"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
