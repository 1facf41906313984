import gzip
import os
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
import zstandard
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
    started = time.process_time()
    assert [len(line) for _, line in jsonl.lines((b"x" for _ in range(500_000)), max_line=LIMIT)] == [500_000]
    assert time.process_time() - started < 2


def gzipped(text: bytes) -> bytes:
    return gzip.compress(text)


def zstandard_packed(text: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(text)


PACKINGS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzipped, "zstd": zstandard_packed}
packed_in_each_way = pytest.mark.parametrize("encoding", PACKINGS)


@given(
    st.sampled_from(list(PACKINGS)),
    st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    st.integers(1, 50),
)
def test_one_or_more_frames_unpack_to_what_was_packed(encoding: str, frames: list[bytes], size: int) -> None:
    packed = b"".join(PACKINGS[encoding](frame) for frame in frames)
    assert jsonl.inflate(chopped(packed, size), encoding, limit=LIMIT) == b"".join(frames)


@packed_in_each_way
def test_much_text_unpacks_to_what_was_packed(encoding: str) -> None:
    text = b"".join(b"%d words, and again words\n" % number for number in range(30_000)) + os.urandom(100_000)
    assert jsonl.inflate(chopped(PACKINGS[encoding](text), 70_000), encoding, limit=len(text)) == text


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
def test_a_body_that_is_not_packed_passes_up_to_the_limit(encoding: str | None) -> None:
    assert jsonl.inflate([b"ab", b"c"], encoding, limit=3) == b"abc"
    with pytest.raises(jsonl.TooLargeError, match="3 bytes"):
        jsonl.inflate([b"ab", b"cd"], encoding, limit=3)


@packed_in_each_way
def test_exactly_the_limit_unpacks_and_one_byte_more_is_refused(encoding: str) -> None:
    packed = PACKINGS[encoding]
    assert jsonl.inflate([packed(b"a" * LIMIT)], encoding.upper(), limit=LIMIT) == b"a" * LIMIT
    with pytest.raises(jsonl.TooLargeError):
        jsonl.inflate([packed(b"a" * (LIMIT + 1))], encoding, limit=LIMIT)


def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()


def zstd_bomb() -> bytes:
    """By hand, since no packer is that hostile: a frame of blocks of 4 bytes, each of which says “128 KiB of NUL”."""
    frame = bytes.fromhex("28b52ffd") + bytes([0, 7 << 3])
    return frame + ((128 * 1024 << 3) | 0b010).to_bytes(3, "little").ljust(4, b"\0") * 10_000


@pytest.mark.parametrize(("encoding", "bomb"), [("gzip", gzip_bomb), ("zstd", zstd_bomb)])
def test_a_bomb_is_refused_without_being_unpacked(encoding: str, bomb: Callable[[], bytes]) -> None:
    body = bomb()
    tracemalloc.start()
    try:
        with pytest.raises(jsonl.TooLargeError):
            jsonl.inflate([body], encoding, limit=LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 8 * LIMIT
    finally:
        tracemalloc.stop()


def test_a_window_that_would_reserve_much_memory_is_refused_in_words() -> None:
    large = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=large).compressobj()
    with pytest.raises(jsonl.BrokenEncodingError, match="level 19 or lower"):
        jsonl.inflate([packer.compress(b"text") + packer.flush()], "zstd", limit=LIMIT)


def test_the_window_of_level_19_is_taken() -> None:
    packer = zstandard.ZstdCompressor(level=19).compressobj()
    assert jsonl.inflate([packer.compress(b"text") + packer.flush()], "zstd", limit=LIMIT) == b"text"


@packed_in_each_way
def test_a_body_of_tiny_frames_is_refused_quickly(encoding: str) -> None:
    started = time.process_time()
    with pytest.raises(jsonl.BrokenEncodingError, match="parts"):
        jsonl.inflate([PACKINGS[encoding](b"") * 50_000], encoding, limit=2 * LIMIT)
    assert time.process_time() - started < 2


def test_a_body_of_empty_blocks_takes_linear_time() -> None:
    body = bytes.fromhex("28b52ffd") + bytes([0, 7 << 3]) + bytes(3) * 4_000_000
    started = time.process_time()
    with pytest.raises(jsonl.BrokenEncodingError, match="too early"):
        jsonl.inflate([body], "zstd", limit=16 * LIMIT)
    assert time.process_time() - started < 2


@packed_in_each_way
@pytest.mark.parametrize("cut", [0, 1, 4, 9, 15, -9, -1])
def test_a_body_that_ends_early_is_refused(encoding: str, cut: int) -> None:
    with pytest.raises(jsonl.BrokenEncodingError, match="too early"):
        jsonl.inflate([PACKINGS[encoding](b"some text to pack")[:cut]], encoding, limit=LIMIT)


@packed_in_each_way
def test_what_is_not_packed_from_first_to_last_byte_is_refused(encoding: str) -> None:
    packed = PACKINGS[encoding]
    whole, mangled = packed(b"some text"), packed(os.urandom(100))[:40] + b"\xff" * 90
    for body in (b"plain text", whole + b"garbage", whole + b"\0" * 8, mangled):
        with pytest.raises(jsonl.BrokenEncodingError):
            jsonl.inflate([body], encoding, limit=LIMIT)


@pytest.mark.parametrize(("encoding", "place"), [("gzip", -8), ("zstd", -1)])
def test_a_wrong_checksum_is_refused(encoding: str, place: int) -> None:
    packed = bytearray(PACKINGS[encoding](b"some text"))
    packed[place] ^= 1
    with pytest.raises(jsonl.BrokenEncodingError, match=f"not valid {encoding}"):
        jsonl.inflate([bytes(packed)], encoding, limit=LIMIT)


def test_an_encoding_that_is_not_known_is_named() -> None:
    with pytest.raises(jsonl.UnknownEncodingError, match="“br”"):
        jsonl.inflate([b"x"], "br", limit=LIMIT)
