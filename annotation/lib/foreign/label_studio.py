"""Label Studio: a task is an interaction, and what people said about it are signals.

What an annotator chose there is somebody's judgment and no label of a reason here: it comes in as a signal that names
who gave it, and is labeled here like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotation.lib.foreign import places, scores
from annotation.lib.foreign.found import Answer, Aside, Found, Unusable, Wishes, not_an_object, text
from annotation.lib.foreign.times import utc

# Where each kind of result has its answer; further kinds are kept whole.
_ANSWERS = {"choices": "choices", "rating": "rating", "number": "number", "textarea": "text", "taxonomy": "taxonomy"}


def found(value: Any, wishes: Wishes) -> Iterator[Found]:
    """A task of the export “JSON”."""
    if not isinstance(value, dict):
        yield not_an_object(value, "a task")
        return
    data = value.get("data")
    if not isinstance(data, dict):
        told = "The task has no “data”. Export the project as JSON: the short form JSON_MIN leaves out what is needed."
        yield Unusable("missing_field", told, text(value.get("id")))
        return
    yield from _task(value, data, wishes)


def _task(task: Mapping[str, Any], data: Mapping[str, Any], wishes: Wishes) -> Iterator[Found]:
    name = f"task-{task.get('id')}"
    sent = places.interaction(data, name=name, at=utc(task.get("created_at")), wishes=wishes)
    given = [signal for annotation in _objects(task.get("annotations")) for signal in _signals(annotation, wishes)]
    signals = [one for one in given if one is not None]
    yield Answer(sent | ({"signals": signals} if signals else {}))
    cancelled = sum(bool(one.get("was_cancelled")) for one in _objects(task.get("annotations")))
    for what, count in (
        ("annotations that were cancelled", cancelled),
        ("scores that a rule leaves out", len(given) - len(signals)),
        ("predictions", len(_objects(task.get("predictions")))),
    ):
        if count:
            yield Aside(what, count)


def _signals(annotation: Mapping[str, Any], wishes: Wishes) -> Iterator[dict[str, Any] | None]:
    if annotation.get("was_cancelled"):
        return
    for number, result in enumerate(_objects(annotation.get("result"))):
        is_text = result.get("type") == "textarea"
        for answer in _answers(result):
            yield scores.signal(
                name=str(result.get("from_name") or ""),
                value=None if is_text else answer,
                text=answer if is_text else None,
                at=utc(annotation.get("created_at")),
                id=f"label-studio-{annotation.get('id')}-{result.get('id', number)}-{scores.spelled(answer)[:100]}",
                rules=wishes.rules,
                source="label-studio",
                annotator=_annotator(annotation.get("completed_by")),
                annotation_id=annotation.get("id"),
                lead_time_s=annotation.get("lead_time"),
            )


def _answers(result: Mapping[str, Any]) -> list[Any]:
    """Each choice apart; of what is no choice, the one value."""
    value = result.get("value")
    if not isinstance(value, dict):
        return []
    answer = value.get(_ANSWERS.get(str(result.get("type")), ""), value)
    if result.get("type") in ("choices", "textarea"):
        return answer if isinstance(answer, list) else [answer]
    return [answer]


def _annotator(value: Any) -> str | None:
    """The account's number; in some exports the account itself, whose email stays behind."""
    return text(value.get("id")) if isinstance(value, dict) else text(value)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
