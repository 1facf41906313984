"""A model call as the contract's interaction record, whichever convention its span follows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from annotation.lib.otlp import feedback, genai, openinference
from annotation.lib.otlp.attributes import first_text, id_in, mapping
from annotation.lib.otlp.genai import Content
from annotation.lib.otlp.shape import Attributes, LogRecord, Span
from annotation.lib.otlp.times import rfc3339

FEATURE = "flywheel.feature"
MODEL_VERSION = "flywheel.model_version"
_CONVERSATION = ("gen_ai.conversation.id", "session.id")
_USER = ("user.id", "enduser.id", "enduser.pseudo.id")
_RESPONSE_MODEL = ("gen_ai.response.model", "llm.response.model_name", "llm.model_name")
_REQUEST_MODEL = ("gen_ai.request.model", "llm.request.model_name")

# These have fields of their own in a record; everything else goes to its metadata.
_TAKEN = frozenset(
    {FEATURE, MODEL_VERSION, "metadata", *_CONVERSATION, *_USER, *_RESPONSE_MODEL, *_REQUEST_MODEL}
    | genai.CONTENT
    | openinference.CONTENT
)
_TAKEN_LISTS = re.compile("|".join((genai.CONTENT_LISTS, openinference.CONTENT_LISTS, feedback.LISTS)))
_KEPT_OF_RESOURCE = ("service.name", "service.version", "deployment.environment.name")


@dataclass(frozen=True, slots=True)
class Call:
    """One model call. `record` lacks `output` where the call didn't carry it; `choices` is how many answers it has.

    `record` is of the contract's shape, and may hold what the contract refuses: the store says so.
    """

    record: dict[str, Any]
    response_id: str | None
    choices: int
    signals: list[dict[str, Any]] = field(default_factory=list)

    @property
    def has_output(self) -> bool:
        return "output" in self.record


def of_span(span: Span) -> Call | None:
    """The call that a span tells of; None for every other span."""
    attributes = span.attributes
    if not (genai.is_call(attributes) or openinference.is_call(attributes)):
        return None
    details = {"span.name": span.name, "otel.scope.name": span.scope, "otel.status": span.error}
    return _call(
        span.id,
        attributes,
        span.resource,
        content=_content(span),
        time_ns=span.end_ns or span.start_ns,
        details={name: value for name, value in details.items() if value},
        signals=feedback.all_of(feedback.of_span(span)),
    )


def of_event(record: LogRecord) -> Call | None:
    """The call that a log record tells as a whole; None if it names no operation that becomes an interaction."""
    attributes = record.attributes
    if "gen_ai.operation.name" not in attributes or not genai.is_call(attributes):
        return None
    told = genai.content(attributes)
    return _call(record.id, attributes, record.resource, content=told, time_ns=record.time_ns, details={}, signals=[])


def with_content(record: dict[str, Any], content: Content) -> dict[str, Any]:
    """The record with what went in and came out, as far as it isn't there already."""
    made = dict(record)
    if content.input and "input" not in made:
        made["input"] = content.input
    if content.output and "output" not in made:
        made["output"] = content.output
        if content.others:
            made["metadata"] = made["metadata"] | {"other_choices": content.others}
    return made


def feature_of(attributes: Attributes, resource: Attributes) -> str:
    """The feature that something was sent for; empty where it names none."""
    return first_text(attributes, FEATURE) or first_text(resource, FEATURE, "service.name") or ""


def _content(span: Span) -> Content:
    """Spans of two conventions at once are told by the one that says more."""
    found = genai.content(span.attributes, span.events) if genai.is_call(span.attributes) else Content()
    return (
        found if found.output or not openinference.is_call(span.attributes) else openinference.content(span.attributes)
    )


def _call(
    name: str,
    attributes: Attributes,
    resource: Attributes,
    *,
    content: Content,
    time_ns: int,
    details: dict[str, Any],
    signals: list[dict[str, Any]],
) -> Call:
    fields = {
        "feature": feature_of(attributes, resource),
        "id": name,
        # The user sees an answer when it is complete.
        "occurred_at": rfc3339(time_ns),
        "conversation_id": first_text(attributes, *_CONVERSATION),
        "user_key": first_text(attributes, *_USER),
        "model_version": first_text(attributes, MODEL_VERSION) or first_text(resource, MODEL_VERSION),
        "request_model": first_text(attributes, *_REQUEST_MODEL) or _invoked(attributes),
        "response_model": first_text(attributes, *_RESPONSE_MODEL),
        "metadata": _metadata(attributes, resource, details),
    }
    record = with_content({key: value for key, value in fields.items() if value is not None}, content)
    response_id = id_in(attributes, "gen_ai.response.id") or openinference.response_id(attributes)
    return Call(record, response_id, genai.choices(attributes), signals)


def _invoked(attributes: Attributes) -> str | None:
    return first_text(mapping(attributes.get("llm.invocation_parameters")), "model")


def _metadata(attributes: Attributes, resource: Attributes, details: dict[str, Any]) -> dict[str, Any]:
    """The sender's own metadata, and every attribute that has no field of its own under its own name."""
    sent = attributes.get("metadata")
    own = mapping(sent) or ({} if sent in (None, "", "{}") else {"metadata": sent})
    kept = {name: resource[name] for name in _KEPT_OF_RESOURCE if name in resource}
    rest = {**details, **kept, **_left(attributes)}
    return {**{f"metadata.{name}" if name in rest else name: value for name, value in own.items()}, **rest}


def _left(attributes: Attributes) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in _TAKEN and not _TAKEN_LISTS.match(name)}
