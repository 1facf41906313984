"""The JSON values of a file one after the other, in bounded memory: of an array, or as they follow each other."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

_INK = re.compile(r"[^ \t\r\n]")
_INT64 = range(-(2**63), 2**64)
# A literal or an escape that the end of a piece has cut is no longer than this.
_CUT = 16
# After a number: that it may go on.
_GOES_ON = ("", ".", "e", "E")


class BrokenJsonError(ValueError):
    """The text can't be read further; the message says at which value, and why."""


def _int(digits: str) -> int | float:
    """What no 64 bits hold is a double, as the parser of lines reads it."""
    number = int(digits) if len(digits) <= 20 else None
    return number if number is not None and number in _INT64 else float(digits)


_DECODER = json.JSONDecoder(parse_int=_int)


def values(chunks: Iterable[bytes], *, longest: int) -> Iterator[tuple[int, Any]]:
    """Each value with its number, from 1: the entries of one array, else the values that follow each other.

    What is not UTF-8 comes as half surrogates and NaN as NaN, so that the one record that holds them is refused and
    not the file. Holds at most one value and one chunk. Raises BrokenJsonError, also for a value over `longest`
    characters.
    """
    text = _Text(chunks, longest)
    is_array = text.next_mark() == "["
    if is_array:
        text.skip(1)
    number = 0
    while (mark := text.next_mark()) and mark != "]":
        number += 1
        yield number, text.value(number)
        if is_array:
            _end_of_entry(text, number)
    if is_array and mark != "]":
        raise BrokenJsonError(f"The array is cut off after entry {number:,}.")
    if mark == "]":
        text.skip(1)
        if not is_array or text.next_mark():
            raise BrokenJsonError(f"After entry {number:,} there is text that belongs to no value.")


def _end_of_entry(text: _Text, number: int) -> None:
    mark = text.next_mark()
    if mark == ",":
        text.skip(1)
        if text.next_mark() in ("]", ","):
            raise BrokenJsonError(f"After entry {number:,} there is a comma and no value.")
    elif mark and mark != "]":
        raise BrokenJsonError(f"After entry {number:,} a comma is missing.")


class _Text:
    """A window on the text that moves on as it is read."""

    def __init__(self, chunks: Iterable[bytes], longest: int) -> None:
        decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._more = (decoder.decode(chunk) for chunk in chunks)
        self._longest = longest
        self._buffer = ""
        self._at = 0

    def next_mark(self) -> str:
        """The next character that isn't white space; nothing at the end."""
        while True:
            if found := _INK.search(self._buffer, self._at):
                self._at = found.start()
                return found[0]
            self._at = len(self._buffer)
            if not self._read():
                return ""

    def skip(self, characters: int) -> None:
        self._at += characters

    def value(self, number: int) -> Any:
        """The value that starts here. What is cut by the end of the window is tried again with twice as much of it."""
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError as error:
                raise BrokenJsonError(f"Entry {number:,} is nested too deep.") from error
            except json.JSONDecodeError as error:
                self._read_on(number, error)
            else:
                if not self._may_go_on(found, end) or not self._grow(self._held() + 1):
                    self._at = end
                    return found

    def _may_go_on(self, found: Any, end: int) -> bool:
        """A number that is cut is a number too."""
        return isinstance(found, int | float) and self._buffer[end : end + 1] in _GOES_ON

    def _read_on(self, number: int, error: json.JSONDecodeError) -> None:
        if self._is_cut(error) and self._held() >= self._longest:
            raise BrokenJsonError(f"Entry {number:,} is longer than {self._longest:,} characters.") from error
        if not (self._is_cut(error) and self._grow(min(2 * self._held(), self._longest))):
            raise BrokenJsonError(f"Entry {number:,} is not JSON: {error.msg}.") from error

    def _held(self) -> int:
        return len(self._buffer) - self._at

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith("Unterminated string") or error.pos > len(self._buffer) - _CUT

    def _grow(self, wanted: int) -> bool:
        """Read until so much is held; False where nothing more came."""
        before = self._held()
        while self._held() < wanted and self._read():
            pass
        return self._held() > before

    def _read(self) -> bool:
        for piece in self._more:
            if piece:
                self._buffer = self._buffer[self._at :] + piece
                self._at = 0
                return True
        return False
