"""Write the files of an export, each whole or not at all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import orjson

from annotation import storage
from annotation.exports.files.containers import SINKS, Sink
from annotation.exports.rows import read
from annotation.models import Export, ExportShard

CHUNK = 2_000
AHEAD = 20
"""Steps of writing that may wait for the one that is being done."""
FOLDER = "exports"

Range = tuple[int, int]
Note = Callable[[int], None]
"""Is told how many rows of a file are read; raises Cancelled or Superseded where the file is no longer wanted."""


@dataclass(frozen=True, kw_only=True)
class Written:
    bytes: int
    sha256: str


def folder(export: Export) -> str:
    """Where the export's files are, inside the storage: those that it wrote, or those that were written again."""
    own = f"{FOLDER}/{export.public_id}"
    return own if export.rewriting_id is None else f"{own}.{export.rewriting_id}"


def stretches(first: int, last: int) -> Iterator[Range]:
    """The ordinals from one to another, as many at a time as are read at once."""
    for start in range(first, last + 1, CHUNK):
        yield start, min(start + CHUNK - 1, last)


def shard(
    *,
    export: Export,
    name: str,
    ranges: Iterable[Range],
    attempt: int,
    note: Note,
    lines: Callable[[bytes], object],
) -> Written:
    """Write one file of rows. `lines` is given their canonical JSON, in order.

    That is what `content_sha256` is over: RFC 8785, a line end after each row, without `exported_at`. Raises what
    `note` raises, ErasedMeanwhile, OSError.
    """
    with storage.writing(name, attempt=attempt) as file:
        sink = SINKS[export.request["container"]](file, export.request["format"])
        done = 0
        with _beside() as do:
            for first, last in ranges:
                for chunk in read.chunk(export=export, first=first, last=last):
                    do(partial(_take, sink, lines, chunk))
                    done += chunk.rows
                do(sink.cut)
                note(done)
        sink.end()
    return Written(bytes=file.bytes, sha256=file.sha256)


@contextmanager
def _beside() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Yields what has steps done, one after the other, while the next ones are read. What one of them raises is raised
    at one of the next, at the latest when the block ends."""
    waiting: deque[Future[object]] = deque()

    def do(step: Callable[[], object]) -> None:
        waiting.append(thread.submit(step))
        if len(waiting) > AHEAD:
            waiting.popleft().result()

    with ThreadPoolExecutor(max_workers=1) as thread:
        yield do
        for future in waiting:
            future.result()


def _take(sink: Sink, lines: Callable[[bytes], object], chunk: read.Chunk) -> None:
    sink.add(chunk.lines)
    lines(chunk.hashed)


def lines(*, export: Export, ranges: Iterable[Range]) -> Iterator[bytes]:
    """The canonical lines of rows whose file was written before. Raises ErasedMeanwhile."""
    for first, last in ranges:
        yield b"".join(chunk.hashed for chunk in read.chunk(export=export, first=first, last=last))


def small(*, folder: str, name: str, data: bytes, attempt: int) -> dict[str, object]:
    """Write one file that fits in memory. Returns its entry for the manifest."""
    with storage.writing(f"{folder}/{name}", attempt=attempt) as file:
        file.write(data)
    return {"name": name, "bytes": file.bytes, "sha256": file.sha256}


def provenance(
    *,
    export: Export,
    folder: str,
    shards: Iterable[tuple[ExportShard, Iterable[Range]]],
    attempt: int,
    check: Callable[[], None],
) -> dict[str, object]:
    """Write `provenance.jsonl`: a line for each line of the data files, which it names. Returns its entry for the
    manifest. Raises what `check` raises, ErasedMeanwhile, OSError."""
    name = "provenance.jsonl"
    rows = 0
    with storage.writing(f"{folder}/{name}", attempt=attempt) as file:
        for part, ranges in shards:
            line = 0
            for first, last in ranges:
                check()
                for row in read.provenance(export=export, first=first, last=last):
                    line += 1
                    told = {"file": part.name, "line": line, **row}
                    file.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
            rows += line
    return {"name": name, "bytes": file.bytes, "sha256": file.sha256, "rows": rows}
