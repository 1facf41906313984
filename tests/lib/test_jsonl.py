import gzip
import os
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import jsonl

LIMIT = 1 << 20


def chopped(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@given(st.lists(st.binary(max_size=8)), st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.integers(1, 9))
def test_lines_are_the_same_wherever_the_chunks_are_cut(
    written: list[bytes], ending: bytes, final: bool, size: int
) -> None:
    written = [line.replace(b"\n", b"").replace(b"\r", b"") for line in written]
    body = ending.join(written) + (ending if final else b"")
    kept = [(number, line) for number, line in enumerate(written, start=1) if line.strip()]
    if kept and kept[0][0] == 1:
        kept[0] = (1, written[0].removeprefix(b"\xef\xbb\xbf"))
    assert list(jsonl.lines(chopped(body, size), max_line=100)) == [pair for pair in kept if pair[1].strip()]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_byte_order_mark_line_endings_and_blank_lines_are_dropped(size: int) -> None:
    body = b'\xef\xbb\xbf{"a":1}\r\n\r\n  \t\n{"b":2}\n\n{"c":3}'
    expected = [(1, b'{"a":1}'), (4, b'{"b":2}'), (6, b'{"c":3}')]
    assert list(jsonl.lines(chopped(body, size), max_line=100)) == expected


def test_a_body_without_lines_has_none() -> None:
    for body in ([], [b"", b"\n\r\n"], [b"\xef\xbb\xbf"]):
        assert list(jsonl.lines(body, max_line=10)) == []


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_line_of_exactly_the_limit_is_taken_and_one_byte_more_is_refused_with_its_number(size: int) -> None:
    fits = b"\xef\xbb\xbf" + b"a" * 10 + b"\r\n" + b"b" * 10
    assert [line for _, line in jsonl.lines(chopped(fits, size), max_line=10)] == [b"a" * 10, b"b" * 10]
    with pytest.raises(jsonl.LineTooLongError, match="Line 2") as caught:
        list(jsonl.lines(chopped(fits + b"b", size), max_line=10))
    assert caught.value.number == 2


def test_an_endless_line_is_refused_before_it_is_held() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1000
            yield b"x" * 1000

    with pytest.raises(jsonl.LineTooLongError):
        list(jsonl.lines(endless(), max_line=10_000))
    assert read <= 11_000


def test_a_long_line_in_single_bytes_takes_linear_time() -> None:
    started = time.perf_counter()
    assert [len(line) for _, line in jsonl.lines((b"x" for _ in range(500_000)), max_line=LIMIT)] == [500_000]
    assert time.perf_counter() - started < 2


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_gzip_in_one_or_more_members_unpacks_to_what_was_packed(members: list[bytes], size: int) -> None:
    packed = b"".join(gzip.compress(member) for member in members)
    assert jsonl.inflate(chopped(packed, size), "gzip", limit=LIMIT) == b"".join(members)


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
def test_a_body_that_is_not_packed_passes_up_to_the_limit(encoding: str | None) -> None:
    assert jsonl.inflate([b"ab", b"c"], encoding, limit=3) == b"abc"
    with pytest.raises(jsonl.TooLargeError, match="3 bytes"):
        jsonl.inflate([b"ab", b"cd"], encoding, limit=3)


def test_exactly_the_limit_unpacks_and_one_byte_more_is_refused() -> None:
    assert jsonl.inflate([gzip.compress(b"a" * LIMIT)], "GZIP", limit=LIMIT) == b"a" * LIMIT
    with pytest.raises(jsonl.TooLargeError):
        jsonl.inflate([gzip.compress(b"a" * (LIMIT + 1))], "gzip", limit=LIMIT)


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(jsonl.TooLargeError):
            jsonl.inflate([bomb], "gzip", limit=LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 8 * LIMIT
    finally:
        tracemalloc.stop()


def test_a_body_of_tiny_members_is_refused_quickly() -> None:
    started = time.perf_counter()
    with pytest.raises(jsonl.BrokenGzipError, match="members"):
        jsonl.inflate([gzip.compress(b"") * 50_000], "gzip", limit=2 * LIMIT)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("cut", [0, 1, 9, 15, -9, -1])
def test_a_gzip_body_that_ends_early_is_refused(cut: int) -> None:
    with pytest.raises(jsonl.BrokenGzipError, match="too early"):
        jsonl.inflate([gzip.compress(b"some text to pack")[:cut]], "gzip", limit=LIMIT)


@pytest.mark.parametrize(
    "body",
    [
        b"plain text",
        gzip.compress(b"some text") + b"garbage",
        gzip.compress(b"some text") + b"\0" * 8,
        gzip.compress(os.urandom(100))[:40] + b"\xff" * 90,
    ],
)
def test_what_is_not_gzip_from_first_to_last_byte_is_refused(body: bytes) -> None:
    with pytest.raises(jsonl.BrokenGzipError):
        jsonl.inflate([body], "gzip", limit=LIMIT)


def test_a_wrong_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(b"some text"))
    packed[-8] ^= 1
    with pytest.raises(jsonl.BrokenGzipError, match="not valid gzip"):
        jsonl.inflate([bytes(packed)], "gzip", limit=LIMIT)


def test_an_encoding_that_is_not_known_is_named() -> None:
    with pytest.raises(jsonl.UnknownEncodingError, match="“br”"):
        jsonl.inflate([b"x"], "br", limit=LIMIT)
