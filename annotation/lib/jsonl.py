"""Bodies of many JSON records: unpack them and cut them into lines, with bounded memory however hostile they are."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import zstandard

ENCODINGS = "gzip, zstd"
"""How a body may be packed, as the header Accept-Encoding says it."""

BOM = b"\xef\xbb\xbf"
"""The byte order mark that some programs write before UTF-8."""

_MAX_FRAMES = 10_000

# What RFC 9659 allows in HTTP; without a bound the sender would choose how much memory is reserved.
_MAX_WINDOW = 8 * 1024 * 1024


class LineTooLongError(ValueError):
    """One line is longer than allowed."""

    def __init__(self, number: int, max_line: int) -> None:
        super().__init__(f"Line {number} is longer than {max_line:,} bytes.")
        self.number = number


class TooLargeError(ValueError):
    """The body, as sent or unpacked, is larger than allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit:,} bytes. Send it in smaller parts.")
        self.limit = limit


class BrokenEncodingError(ValueError):
    """The body says that it is packed, and isn't, or not whole."""


class UnknownEncodingError(ValueError):
    """The body is packed in a way that isn't known here."""

    def __init__(self, encoding: str) -> None:
        super().__init__(f"Content-Encoding “{encoding}” is not known. Send gzip or zstd, or none.")
        self.encoding = encoding


def lines(chunks: Iterable[bytes], *, max_line: int) -> Iterator[tuple[int, bytes]]:
    """Each line that isn't blank, with its number (from 1, blank ones counted), without its line ending.

    Lines end in LF or CR LF; the last one may lack it; a byte order mark at the start is dropped.
    Holds at most one line and one chunk. Raises LineTooLongError for a line over `max_line` bytes.
    """
    number = 0
    for number, line in enumerate(_split(chunks, max_line=max_line), start=1):
        trimmed = _trimmed(line, first=number == 1)
        if len(trimmed) > max_line:
            raise LineTooLongError(number, max_line)
        if trimmed and not trimmed.isspace():
            yield number, trimmed


def _trimmed(line: bytes, *, first: bool) -> bytes:
    return (line.removeprefix(BOM) if first else line).removesuffix(b"\r")


def _split(chunks: Iterable[bytes], *, max_line: int) -> Iterator[bytes]:
    """Lines as they stand. What is kept between chunks never grows past the longest line that could be allowed."""
    number = 1
    kept = bytearray()
    for chunk in chunks:
        *whole, tail = chunk.split(b"\n")
        for line in whole:
            yield bytes(kept + line)
            kept.clear()
            number += 1
        kept += tail
        if len(kept) > max_line + len(BOM) + len(b"\r"):
            raise LineTooLongError(number, max_line)
    if kept:
        yield bytes(kept)


def inflate(body_chunks: Iterable[bytes], encoding: str | None, *, limit: int) -> bytes:
    """The whole body, unpacked; `encoding` is the Content-Encoding header (gzip, zstd, identity or none).

    Neither what is sent nor what it unpacks to may pass `limit` bytes; reading stops as soon as one does.
    Raises TooLargeError, BrokenEncodingError, UnknownEncodingError.
    """
    bounded = _bounded(body_chunks, limit=limit)
    match (encoding or "identity").strip().lower():
        case "gzip" | "x-gzip":
            return b"".join(_unpacked(bounded, _GZIP, limit=limit))
        case "zstd":
            return b"".join(_unpacked(bounded, _ZSTD, limit=limit))
        case "identity" | "":
            return b"".join(bounded)
        case other:
            raise UnknownEncodingError(other)


@dataclass(frozen=True, slots=True)
class _Packing:
    """How one encoding is unpacked, frame by frame (gzip calls them members). `piece`: packed bytes given in a step."""

    name: str
    piece: int
    frame: Callable[[], Any]
    step: Callable[[Any, bytes, int], bytes]
    error: type[Exception]


def _zstd_frame() -> Any:
    # One decompressor a frame: frames of one decompressor share its state, and so would two threads.
    return zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).decompressobj()


# Small pieces: the rest of a piece is copied at the end of each frame, and a body may be all tiny frames.
_GZIP = _Packing(
    name="gzip",
    piece=16 * 1024,
    frame=lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    step=lambda frame, packed, most: frame.decompress(packed, most),
    error=zlib.error,
)

# This library can't be told to stop. But a block is 4 bytes at least and unpacks to 128 KiB at most, so that one step
# makes no more than 4 MiB, however hostile.
_ZSTD = _Packing(
    name="zstd",
    piece=128,
    frame=_zstd_frame,
    step=lambda frame, packed, most: frame.decompress(packed),
    error=zstandard.ZstdError,
)


def _bounded(chunks: Iterable[bytes], *, limit: int) -> Iterator[bytes]:
    left = limit
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise TooLargeError(limit)
        yield chunk


def _unpacked(chunks: Iterable[bytes], packing: _Packing, *, limit: int) -> Iterator[bytes]:
    """Unpacked pieces of one or more frames, one after the other."""
    left = limit
    frames = 0
    frame = None
    for piece in _pieces(chunks, packing.piece):
        packed = piece
        while packed:
            if frame is None:
                frames += 1
                frame = _next_frame(packing, frames)
            # One byte more than is left: whether it comes tells a body of exactly the limit from a larger one.
            unpacked = _step(packing, frame, packed, left + 1)
            left -= len(unpacked)
            if left < 0:
                raise TooLargeError(limit)
            yield unpacked
            packed = frame.unused_data if frame.eof else frame.unconsumed_tail
            if frame.eof:
                frame = None
    if frame is not None or frames == 0:
        raise BrokenEncodingError(f"The {packing.name} data ends too early. Send it whole.")


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]


def _next_frame(packing: _Packing, number: int) -> Any:
    if number > _MAX_FRAMES:
        raise BrokenEncodingError(f"The {packing.name} data has more than {_MAX_FRAMES:,} parts. Pack it as one.")
    return packing.frame()


def _step(packing: _Packing, frame: Any, packed: bytes, most: int) -> bytes:
    try:
        return packing.step(frame, packed, most)
    except packing.error as error:
        if "too much memory" in str(error):
            told = "It needs a zstd window of more than 8 MiB. Pack it with level 19 or lower."
            raise BrokenEncodingError(told) from error
        told = (
            f"It is not valid {packing.name} ({error}). Pack it anew, or leave Content-Encoding out if it isn't packed."
        )
        raise BrokenEncodingError(told) from error
