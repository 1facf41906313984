"""Bodies of many JSON records: unpack them and cut them into lines, with bounded memory however hostile they are."""

import zlib
from collections.abc import Iterable, Iterator

_BOM = b"\xef\xbb\xbf"
_PIECE = 16 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_MAX_MEMBERS = 10_000


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


class BrokenGzipError(ValueError):
    """The body says that it is gzip, and isn't, or not whole."""


class UnknownEncodingError(ValueError):
    """The body is packed in a way that isn't known here."""

    def __init__(self, encoding: str) -> None:
        super().__init__(f"Content-Encoding “{encoding}” is not known. Send gzip, or none.")
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
    return (line.removeprefix(_BOM) if first else line).removesuffix(b"\r")


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
        if len(kept) > max_line + len(_BOM) + len(b"\r"):
            raise LineTooLongError(number, max_line)
    if kept:
        yield bytes(kept)


def inflate(body_chunks: Iterable[bytes], encoding: str | None, *, limit: int) -> bytes:
    """The whole body, unpacked; `encoding` is the Content-Encoding header (gzip, identity or none).

    Neither what is sent nor what it unpacks to may pass `limit` bytes; reading stops as soon as one does.
    Raises TooLargeError, BrokenGzipError, UnknownEncodingError.
    """
    match (encoding or "identity").strip().lower():
        case "gzip" | "x-gzip":
            return b"".join(_gunzipped(_bounded(body_chunks, limit=limit), limit=limit))
        case "identity" | "":
            return b"".join(_bounded(body_chunks, limit=limit))
        case other:
            raise UnknownEncodingError(other)


def _bounded(chunks: Iterable[bytes], *, limit: int) -> Iterator[bytes]:
    left = limit
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise TooLargeError(limit)
        yield chunk


def _gunzipped(chunks: Iterable[bytes], *, limit: int) -> Iterator[bytes]:
    """Unpacked pieces of one or more gzip members, one after the other."""
    left = limit
    members = 0
    member = None
    for piece in _pieces(chunks):
        packed = piece
        while packed:
            if member is None:
                members += 1
                member = _next_member(members)
            # One byte more than is left: whether it comes tells a body of exactly the limit from a larger one.
            unpacked = _decompress(member, packed, left + 1)
            left -= len(unpacked)
            if left < 0:
                raise TooLargeError(limit)
            yield unpacked
            packed = member.unused_data if member.eof else member.unconsumed_tail
            if member.eof:
                member = None
    if member is not None or members == 0:
        raise BrokenGzipError("The gzip body ends too early. Send it whole.")


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Small pieces: the rest of a piece is copied at the end of each member, and a body may be all tiny members."""
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]


def _next_member(number: int) -> "zlib._Decompress":
    if number > _MAX_MEMBERS:
        raise BrokenGzipError(f"The gzip body has more than {_MAX_MEMBERS:,} members. Pack it as one.")
    return zlib.decompressobj(_GZIP)


def _decompress(member: "zlib._Decompress", packed: bytes, max_length: int) -> bytes:
    try:
        return member.decompress(packed, max_length)
    except zlib.error as error:
        raise BrokenGzipError(f"The body is not valid gzip: {error}.") from error
