"""The door for JSON: a body of one record, an array or lines, cut into records in bounded memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import numpy as np
import orjson

from annotation.errors import Refusal
from annotation.ingest.fields import InvalidRecord
from annotation.ingest.store import RecordIn
from annotation.lib import json_cut, jsonl
from annotation.lib.room import FullError, Room

MAX_BYTES = 32 * 1024 * 1024
MAX_RECORDS = 10_000
JSON = "application/json"
NDJSON = "application/x-ndjson"

# A value takes far more memory than its text where it is small, so large bodies may not hold any number of values.
MAX_VALUES = 1_000_000
_MARKS = b",[{"
_SMALL = 1024 * 1024

# What large bodies may weigh that are read and stored at once in one process, by their bytes or, where these are
# small, by their values. One of the largest fills it: read, checked and made rows it takes some 300 MiB.
ROOM = Room(MAX_BYTES)
_VALUE_BYTES = MAX_BYTES // MAX_VALUES
WAIT_SECONDS = 30.0
_INT64 = range(-(2**63), 2**64)


class BodyTooLarge(Refusal):
    """The body is larger than {limit} MiB unpacked. Send it in smaller parts."""

    code = "too_large"
    status = 413


class TooManyRecords(Refusal):
    """The body holds more than {limit} records. Send them in smaller parts."""

    code = "too_many_records"
    status = 413


class TooManyValues(Refusal):
    """The body holds more than {limit} values. Send it in smaller parts."""

    code = "too_many_values"
    status = 413


class TooBusy(Refusal):
    """Other large bodies are being stored here just now. Wait as Retry-After says, then send this one again."""

    code = "busy"
    status = 503
    headers = {"Retry-After": "5"}


class UnknownEncoding(Refusal):
    """The Content-Encoding “{encoding}” is not known here. Send gzip or zstd, or leave the body as it is."""

    code = "unsupported_encoding"
    status = 415
    headers = {"Accept-Encoding": jsonl.ENCODINGS}


class UnknownMediaType(Refusal):
    """The Content-Type “{media_type}” is not known here. Send application/json, or application/x-ndjson for lines."""

    code = "unsupported_media_type"
    status = 415


class BrokenEncoding(Refusal):
    """The packed body can't be read. {reason} Nothing of it was stored."""

    code = "broken_encoding"
    status = 400


class EmptyBody(Refusal):
    """The body is empty. Send one record, an array of records, or a record a line."""

    code = "empty_body"
    status = 400


class MalformedJson(Refusal):
    """The body is not JSON: {reason}. Send UTF-8 JSON; nothing of this body was stored."""

    code = "malformed_json"
    status = 400


class TooDeepError(ValueError):
    """A text that may be JSON, and is nested deeper than any parser here goes."""


def records(*, chunks: Iterable[bytes], encoding: str | None, media_type: str) -> list[RecordIn]:
    """The records of a body in order; a line that is not JSON is a record that can't be taken. Raises a Refusal."""
    body = unpacked(chunks, encoding, is_json=True)
    if not (told := body.removeprefix(jsonl.BOM)) or told.isspace():
        raise EmptyBody
    if media_type not in (JSON, NDJSON):
        raise UnknownMediaType(media_type=media_type[:60] or "nothing")
    values = _lines(body) if media_type == NDJSON else _array(body)
    return list(enumerate(values))


def unpacked(chunks: Iterable[bytes], encoding: str | None, *, is_json: bool) -> bytes:
    """The whole body of a request, within bounds; a large one holds its room in this process until `ROOM.leave`.

    Raises a Refusal.
    """
    try:
        body = jsonl.inflate(chunks, encoding, limit=MAX_BYTES)
        # Each value takes two bytes at least: a small body can't hold too many.
        if len(body) > _SMALL:
            _let_in(body, is_json)
    except FullError as error:
        raise TooBusy from error
    except jsonl.TooLargeError as error:
        raise BodyTooLarge(limit=MAX_BYTES // 1024**2) from error
    except jsonl.UnknownEncodingError as error:
        raise UnknownEncoding(encoding=error.encoding[:60]) from error
    except jsonl.BrokenEncodingError as error:
        raise BrokenEncoding(reason=error) from error
    return body


def _let_in(body: bytes, is_json: bool) -> None:
    """Raises TooManyValues for JSON that would take far more memory than its text."""
    values = _values(body)
    if is_json and values > MAX_VALUES:
        raise TooManyValues(limit=f"{MAX_VALUES:,}")
    ROOM.take(max(len(body), _VALUE_BYTES * values), within=WAIT_SECONDS)


def _values(body: bytes) -> int:
    """At most so many values does a JSON text hold; marks inside texts are counted too."""
    letters = np.frombuffer(body, np.uint8)
    return sum(int(np.count_nonzero(letters == mark)) for mark in _MARKS)


def _array(body: bytes) -> list[Any]:
    try:
        value = _parsed_or_cut(body)
    except ValueError as error:
        raise MalformedJson(reason=error) from error
    found = value if isinstance(value, list) else [value]
    if len(found) > MAX_RECORDS:
        raise TooManyRecords(limit=f"{MAX_RECORDS:,}")
    return found


def _lines(body: bytes) -> Iterator[Any]:
    for count, (number, line) in enumerate(jsonl.lines([body], max_line=MAX_BYTES), start=1):
        if count > MAX_RECORDS:
            raise TooManyRecords(limit=f"{MAX_RECORDS:,}")
        yield line_value(line, called=f"Line {number}")


def _parsed_or_cut(body: bytes) -> Any:
    """Of a record nested too deep no parser tells where the next one begins: then each entry is read by itself."""
    try:
        return parsed(body)
    except TooDeepError:
        return [_entry_value(number, one) for number, one in enumerate(json_cut.entries(body), start=1)]


def _entry_value(number: int, text: bytes) -> Any:
    try:
        return parsed(text)
    except TooDeepError:
        return InvalidRecord("too_deep", f"Record {number} is nested too deep to be read. Flatten it.")
    except ValueError as error:
        return InvalidRecord("malformed_json", f"Record {number} is not JSON: {error}. Mend it and send it again.")


# Of one line a parser says too in which line it stopped reading.
_IN_A_LINE = re.compile(r": line 1 column (\d+) \(char \d+\)$")


def line_value(line: bytes, *, called: str) -> Any:
    """The value of one line, or the InvalidRecord that says why it has none."""
    try:
        return parsed(line)
    except ValueError as error:
        why = _IN_A_LINE.sub(r" at character \1", str(error))
        return InvalidRecord("malformed_json", f"{called} is not JSON: {why}. Mend it and send it again.")


def parsed(text: bytes) -> Any:
    """The value of a JSON text. Raises ValueError.

    The fast parser refuses a whole batch for half a surrogate pair or a number beyond doubles in one record of it; the
    patient one lets them through, so that the record alone is refused.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        first = error
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"), parse_constant=_no_constant, parse_int=_int)
    except RecursionError as error:
        raise TooDeepError("it is nested too deep") from error
    except ValueError as error:
        raise ValueError(str(first)) from error


def _int(digits: str) -> int | float:
    """As the fast parser reads it: what no 64 bits hold is a double."""
    if len(digits) > 20:
        return float(digits)
    number = int(digits)
    return number if number in _INT64 else float(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
