"""How many messages a protobuf body holds, counted before it is parsed.

Parsed, an empty message of two bytes takes two hundred: a body that is small enough to be taken could fill the memory.
"""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor import Descriptor

from annotation.lib.otlp.shape import MalformedError, TooManyMessagesError

SURELY_FEW = 1024 * 1024
"""A body of at most so many bytes is not worth counting."""

MAX_MESSAGES = 1_000_000

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


def check(body: bytes, kind: Descriptor) -> None:
    """Raises TooManyMessagesError, and MalformedError where the body can't be walked through."""
    count = 0
    left = [(0, len(body), kind)]
    while left:
        position, end, message = left.pop()
        children = _children(message)
        count += 1
        while position < end:
            tag, position = _varint(body, position, end)
            start, position = _skipped(body, position, end, tag & 7)
            if tag & 7 == _LENGTH and tag >> 3 in children:
                left.append((start, position, children[tag >> 3]))
                if count + len(left) > MAX_MESSAGES:
                    raise TooManyMessagesError


@cache
def _children(message: Descriptor) -> dict[int, Descriptor]:
    """By field number: the fields that hold messages."""
    return {field.number: field.message_type for field in message.fields if field.message_type is not None}


def _skipped(body: bytes, position: int, end: int, wire_type: int) -> tuple[int, int]:
    """Where the field's value starts, and where it ends."""
    if wire_type == _VARINT:
        return position, _varint(body, position, end)[1]
    size = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(wire_type)
    if wire_type == _LENGTH:
        size, position = _varint(body, position, end)
    if size is None or position + size > end:
        raise MalformedError("it is no protobuf of this kind, or cut short")
    return position, position + size


def _varint(body: bytes, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end and shift < 70:
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise MalformedError("it is no protobuf, or cut short")
