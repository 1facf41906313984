"""The door for OpenTelemetry: spans and log records, from any exporter, as interactions and signals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from annotation.errors import Refusal
from annotation.ingest import addresses, body, identity, partial, responses, store
from annotation.ingest.partial import PartIn, Sender
from annotation.lib import canonical
from annotation.lib.otlp import calls, events, feedback, jsoned, parts, protobuf
from annotation.lib.otlp.attributes import id_in
from annotation.lib.otlp.calls import Call
from annotation.lib.otlp.feedback import Feedback
from annotation.lib.otlp.shape import LogRecord, MalformedError, Span, TooManyMessagesError
from annotation.models import Feature

PROTOBUF = "application/x-protobuf"
RESPONSE_ID = "gen_ai.response.id"
JSON = body.JSON
_TOLD = 5

Sent = TypeVar("Sent", Span, LogRecord)


class MalformedOtlp(Refusal):
    """The body can't be read as OTLP: {reason}. Nothing of it was stored, and sending it again doesn't help."""

    code = "malformed_otlp"
    status = 400


class UnknownMediaType(Refusal):
    """The Content-Type “{media_type}” is not known here. Send application/x-protobuf or application/json."""

    code = "unsupported_media_type"
    status = 415


@dataclass(slots=True)
class Answer:
    """How many of the spans or log records were not taken, and why, in words; empty where all were."""

    rejected: int
    message: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Feedback that is looking for its interaction, by span or by the provider's id of the answer."""

    index: int
    id: str
    response_id: str | None
    feature: str
    sent: Feedback


class _Refused:
    """What was not taken: each span or log record is counted once."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._by_index: dict[int, str] = {}

    def add(self, index: int, message: str) -> None:
        self._by_index.setdefault(index, message)

    def add_all(self, found: Iterable[tuple[int, str]]) -> None:
        for index, message in found:
            self.add(index, message)

    def __contains__(self, index: int) -> bool:
        return index in self._by_index

    def answer(self) -> Answer:
        """The commonest reasons first, each with one of those that it is about."""
        examples: dict[str, str] = {}
        for index, message in self._by_index.items():
            examples.setdefault(message, self._names[index] or "without ids")
        commonest = Counter(self._by_index.values()).most_common(_TOLD)
        told = [f"{message} (Said of {count}, such as {examples[message]}.)" for message, count in commonest]
        return Answer(rejected=len(self._by_index), message=" ".join(told))


def traces(
    *, chunks: Iterable[bytes], encoding: str | None, media_type: str, now: datetime, only: Feature | None = None
) -> Answer:
    """Store the model calls among the spans, and the feedback that spans carry.

    Raises a Refusal for the whole body.
    """
    sent = body.unpacked(chunks, encoding, is_json=media_type == JSON)
    spans = _decoded(sent, media_type, protobuf.spans, jsoned.spans)
    sender = Sender(only, now)
    refused = _Refused([span.id for span in spans])
    found = [(index, call) for index, span in enumerate(spans) if (call := calls.of_span(span)) is not None]
    sound = [(index, call) for index, call in found if not _is_nameless(index, call, refused)]
    _take_whole([(index, call) for index, call in sound if call.has_output], sender, refused)
    _take_partial([(index, call) for index, call in sound if not call.has_output], sender, refused)
    are_calls = {index for index, _ in found}
    others = ((index, span) for index, span in enumerate(spans) if index not in are_calls)
    _take_feedback([one for index, span in others for one in _late_feedback(index, span, refused)], sender, refused)
    return refused.answer()


def logs(
    *, chunks: Iterable[bytes], encoding: str | None, media_type: str, now: datetime, only: Feature | None = None
) -> Answer:
    """Store the feedback among the log records, and what they say of model calls.

    Raises a Refusal for the whole body.
    """
    sent = body.unpacked(chunks, encoding, is_json=media_type == JSON)
    records = _decoded(sent, media_type, protobuf.logs, jsoned.logs)
    sender = Sender(only, now)
    refused = _Refused([record.id for record in records])
    _take_parts(records, sender, refused)
    _take_feedback([one for index, record in enumerate(records) for one in _told(index, record)], sender, refused)
    return refused.answer()


def _decoded(
    sent: bytes, media_type: str, of_protobuf: Callable[[bytes], list[Sent]], of_json: Callable[[object], list[Sent]]
) -> list[Sent]:
    if media_type not in (PROTOBUF, JSON):
        raise UnknownMediaType(media_type=media_type[:60] or "nothing")
    try:
        found = of_protobuf(sent) if media_type == PROTOBUF else of_json(_parsed(sent))
    except MalformedError as error:
        raise MalformedOtlp(reason=error) from error
    except TooManyMessagesError as error:
        raise body.TooManyValues(limit=f"{body.MAX_VALUES:,}") from error
    if len(found) > body.MAX_RECORDS:
        raise body.TooManyRecords(limit=f"{body.MAX_RECORDS:,}")
    return found


def _parsed(sent: bytes) -> object:
    try:
        return body.parsed(sent)
    except ValueError as error:
        raise body.MalformedJson(reason=error) from error


def _is_nameless(index: int, call: Call, refused: _Refused) -> bool:
    """Whether the call lacks what it is told apart by."""
    if not call.record["id"]:
        refused.add(index, "The span lacks a trace id of 16 bytes or a span id of 8. Send both.")
    elif not call.record["feature"]:
        refused.add(index, "The span names no feature. Set the resource attribute flywheel.feature or service.name.")
    return index in refused


def _take_whole(found: Sequence[tuple[int, Call]], sender: Sender, refused: _Refused) -> None:
    records = [(index, call.record | {"signals": call.signals}) for index, call in found]
    outcome = store.interactions(records=records, now=sender.now, only=sender.only)
    refused.add_all((one.index, one.message) for one in outcome.refused)
    taken = [call for index, call in found if index not in refused]
    names = [call.record["id"] for call in taken]
    partial.forget_whole(names=names, sender=sender)
    noted = [
        responses.Note(call.record["feature"], call.record["id"], call.response_id)
        for call in taken
        if call.response_id is not None
    ]
    responses.note(notes=noted, now=sender.now)


def _take_partial(found: Sequence[tuple[int, Call]], sender: Sender, refused: _Refused) -> None:
    if not found:
        return
    problems = partial.add_calls(calls=[call for _, call in found], sender=sender)
    refused.add_all(
        (index, problems[call.record["id"]].message) for index, call in found if call.record["id"] in problems
    )


def _take_parts(records: Sequence[LogRecord], sender: Sender, refused: _Refused) -> None:
    found = list(_parts(records, refused))
    if not found:
        return
    problems = partial.add_parts(sent=[one for _, one in found], sender=sender)
    refused.add_all((index, problems[one.name].message) for index, one in found if one.name in problems)


def _parts(records: Sequence[LogRecord], refused: _Refused) -> Iterator[tuple[int, PartIn]]:
    """The log records that are parts of calls; what can't be one is refused."""
    before: Counter[tuple[str, str]] = Counter()
    for index, record in enumerate(records):
        part = parts.of_event(record, index)
        if part is None:
            continue
        problem, key = _part_key(record, part)
        if problem:
            refused.add(index, problem)
            continue
        # The same message may be there twice, as in a conversation of “yes” and “yes” written in one millisecond.
        before[record.id, key] += 1
        feature = calls.feature_of(record.attributes, record.resource)
        yield index, PartIn(record.id, f"{key}-{before[record.id, key]}", feature, part)


def _part_key(record: LogRecord, part: parts.Part) -> tuple[str | None, str]:
    """What is wrong with a part, and what tells it apart from others of its call."""
    if not record.id:
        return "The event lacks the trace id or the span id of its model call. Send both.", ""
    if parts.is_silent(part):
        told = "The event holds no text. Set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true where it is sent."
        return told, ""
    try:
        spelled = canonical.dumps({name: value for name, value in part.items() if name != "n"})
    except canonical.NotCanonicalError as error:
        return f"The event holds what can't be stored: {error}. Send whole characters, not nested too deep.", ""
    if _holds_nul(spelled):
        return "The event holds the character U+0000, which can't be stored. Remove it.", ""
    return None, identity.fingerprint(spelled).hex()


def _holds_nul(spelled: bytes) -> bool:
    """Whether JSON spells U+0000: a backslash that another one escapes begins no such spelling."""
    return b"\\u0000" in spelled.replace(b"\\\\", b"")


def _late_feedback(index: int, span: Span, refused: _Refused) -> list[_Wanted]:
    """What a span that is no model call says about the one that it is linked to."""
    found = feedback.of_span(span)
    if found and len(span.links) != 1:
        told = "Annotations on a span that is no model call need exactly one link, to the span that they are about."
        refused.add(index, told)
        return []
    feature = calls.feature_of(span.attributes, span.resource)
    return [_Wanted(index, span.links[0], id_in(one.details, RESPONSE_ID), feature, one) for one in found]


def _told(index: int, record: LogRecord) -> list[_Wanted]:
    said = events.body_of(record)
    found = feedback.of_event(events.name_of(record), said, record.time_ns)
    feature = calls.feature_of(record.attributes, record.resource)
    return [_Wanted(index, record.id, id_in(found.details, RESPONSE_ID), feature, found)] if found else []


def _take_feedback(found: Sequence[_Wanted], sender: Sender, refused: _Refused) -> None:
    sound = [one for one in found if not _is_lost(one, refused)]
    if not sound:
        return
    records = [(one.index, record) for one, record in zip(sound, _addressed(sound, sender), strict=True)]
    outcome = store.signals(records=records, now=sender.now, only=sender.only)
    refused.add_all((one.index, one.message) for one in outcome.refused)
    waiting = [one.response_id for one in sound if one.response_id is not None]
    responses.attach(response_ids=waiting, now=sender.now)


def _is_lost(one: _Wanted, refused: _Refused) -> bool:
    if not one.id and not one.response_id:
        told = "The signal names no model call. Send it in the context of the call's span, or with gen_ai.response.id."
        refused.add(one.index, told)
    return one.index in refused


def _addressed(found: Sequence[_Wanted], sender: Sender) -> Iterator[dict[str, Any]]:
    """Each as a signal of the contract, at the interaction that it is about: it need not be of the feature it names."""
    names = {one.id for one in found if one.id}
    stored = addresses.by_id(names, sender.only)
    known = addresses.by_response_id({one.response_id for one in found if one.response_id}, sender.only)
    in_parts = addresses.in_parts(names - stored.keys(), sender.only)
    for one in found:
        address = (
            addresses.chosen(stored, one.id, feature=one.feature)
            or addresses.chosen(known, one.response_id, feature=one.feature)
            or addresses.chosen(in_parts, one.id, feature=one.feature)
        )
        name = responses.waiting_name(one.response_id) if one.response_id else one.id
        where = (address.feature, address.interaction_id) if address else (one.feature, name)
        yield {"feature": where[0], "interaction_id": where[1], **one.sent.as_signal()}
