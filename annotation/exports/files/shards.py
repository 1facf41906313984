"""Write the shards of an export, one worker alone or several at the same time.

The worker that holds the export leads: it calls others, writes shards itself, takes up those whose worker died, and
puts the whole together. Each shard is held by the one that writes it, in the same way as a job is.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import LiteralString

import zstandard
from django.conf import settings
from django.db import connection

from annotation import jobs, storage
from annotation.exports.files import write
from annotation.exports.files.write import Written
from annotation.jobs import Cancelled, Clock, Superseded
from annotation.models import Export, ExportShard

logger = logging.getLogger(__name__)

PAUSE = 0.1
"""Seconds between two looks at whether the others are done."""

HELPERS_TRY = 3
"""What kills so many workers is left to the one that leads: its attempts are counted, and end."""

ALWAYS = 2**31 - 1
SLICE = 64 * 1024

# Both counts in one statement: readers of the export see the sum of its shards, whoever writes them.
NOTE: LiteralString = """
    WITH part AS (
        UPDATE annotation_exportshard SET rows_done = %(done)s
        WHERE id = %(shard)s AND attempt = %(held)s AND status = 'running'
        RETURNING 1
    )
    UPDATE annotation_export SET rows_done = rows_done + %(more)s
    WHERE id = %(export)s AND status = 'running' AND cancel_asked_at IS NULL
      AND attempt = COALESCE(%(attempt)s::int, attempt) AND EXISTS (SELECT FROM part)
"""

Ring = Callable[[int], None]
"""Calls so many workers to help."""


@dataclass(frozen=True, kw_only=True)
class Hand:
    """Who writes: the worker that leads, by its attempt at the export, or one that helps (None)."""

    export: Export
    attempt: int | None
    by: str
    clock: Clock


def write_all(*, export: Export, attempt: int, by: str, clock: Clock, ring: Ring) -> str:
    """Write every shard that isn't there yet, with whoever helps. Returns `content_sha256`, over all rows in order.

    Raises Superseded, Cancelled, ErasedMeanwhile, OSError.
    """
    hand = Hand(export=export, attempt=attempt, by=by, clock=clock)
    _forget_lost(export)
    content = _Content(hand)
    while not content.is_whole():
        _check(hand)
        _call(export, ring)
        if not _led(hand, content):
            time.sleep(PAUSE)
    if not content.is_alone:
        _let_go(export)
    jobs.write(export, attempt, rows_done=export.rows_total or 0)
    return content.sha256


def assist(*, export: Export, by: str, clock: Clock) -> None:
    """Write shards of an export that another worker leads, until none is free. Raises Superseded, Cancelled.

    What goes wrong is left to the one that leads, which meets it too and tells it, or doesn't meet it.
    """
    if export.shards.count() < 2:
        return
    hand = Hand(export=export, attempt=None, by=by, clock=clock)
    while True:
        _check(hand)
        try:
            if not _write_next(hand, None):
                return
        except OSError as error:
            logger.warning("%s: a helper can't write (%s)", export, storage.said(error))
            return


def of(export: Export) -> Iterator[tuple[ExportShard, Iterator[write.Range]]]:
    for shard in ExportShard.objects.filter(export=export):
        yield shard, write.stretches(shard.first_ordinal, shard.last_ordinal)


def check(export: Export, attempt: int) -> None:
    """Raises Cancelled, Superseded."""
    _check(Hand(export=export, attempt=attempt, by="", clock=lambda: export.created_at))


class _Content:
    """The hash over the rows of all shards in order, fed as far as they are there."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._shards = list(ExportShard.objects.filter(export=hand.export))
        self._hash = hashlib.sha256()
        self.is_alone = len(self._shards) == 1

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def is_whole(self) -> bool:
        """Takes in what is there by now, and says whether that is all."""
        while self._shards and self._is_written(self._shards[0]):
            for piece in self._lines(self._shards[0]):
                self._hash.update(piece)
            self._shards.pop(0)
        return not self._shards

    @contextlib.contextmanager
    def fed(self, shard: ExportShard) -> Iterator[Callable[[bytes], object] | None]:
        """What takes a shard's lines while it is written, if it is its turn. They count when the block ends well."""
        if self._shards[0].pk != shard.pk:
            yield None
            return
        mine = self._hash.copy()
        yield mine.update
        self._hash = mine
        self._shards.pop(0)

    def _is_written(self, shard: ExportShard) -> bool:
        if not shard.sha256:
            shard.refresh_from_db()
        return bool(shard.sha256)

    def _lines(self, shard: ExportShard) -> Iterator[bytes]:
        """As its worker kept them; made again where none did, which is what a worker that led and died leaves."""
        if storage.exists(_kept(shard, self._hand.export)):
            yield from _unpacked(_kept(shard, self._hand.export))
            return
        for piece in write.lines(
            export=self._hand.export, ranges=write.stretches(shard.first_ordinal, shard.last_ordinal)
        ):
            _check(self._hand)
            yield piece


def _led(hand: Hand, content: _Content) -> bool:
    """Write one shard. Who leads goes on where another one has taken its shard away, taking it for dead."""
    try:
        return _write_next(hand, content)
    except Superseded:
        _check(hand)
        return True


def _write_next(hand: Hand, content: _Content | None) -> bool:
    """Write the next shard that nobody is at. False where there is none."""
    tries = ALWAYS if content else HELPERS_TRY
    whole = hand.export.pk
    for pk in jobs.free(ExportShard, of="export_id", whole=whole, attempts=tries, now=hand.clock()):
        with _held(hand, pk, is_alone=content is not None and content.is_alone) as attempt:
            if attempt is not None:
                _write(hand, ExportShard.objects.get(pk=pk), attempt, content)
                return True
    return False


@contextlib.contextmanager
def _held(hand: Hand, pk: int, *, is_alone: bool) -> Iterator[int | None]:
    """Yields this worker's attempt at the shard, or None where another one was faster."""
    if is_alone and hand.attempt is not None:
        # Nobody else is called, and the hold on the export is enough.
        rows = ExportShard.objects.filter(pk=pk, export__attempt=hand.attempt)
        rows.update(status=ExportShard.Status.RUNNING, attempt=hand.attempt)
        yield hand.attempt
        return
    with jobs.hold(ExportShard, pk, by=hand.by, clock=hand.clock) as attempt:
        yield attempt


def _write(hand: Hand, shard: ExportShard, attempt: int, content: _Content | None) -> None:
    try:
        with content.fed(shard) if content else contextlib.nullcontext() as lines:
            if lines is not None:
                file = _write_file(hand, shard, attempt, lines)
            else:
                with _keeping(_kept(shard, hand.export), attempt) as keep:
                    file = _write_file(hand, shard, attempt, keep)
            _done(shard, attempt, file)
    except (Cancelled, Superseded):
        raise
    except Exception:
        jobs.mine(shard, attempt).update(status=ExportShard.Status.PENDING)
        raise


def _write_file(hand: Hand, shard: ExportShard, attempt: int, lines: Callable[[bytes], object]) -> Written:
    name = f"{write.folder(hand.export)}/{shard.name}"
    storage.remove_unfinished(name, before=attempt)
    note = _noting(hand, shard, attempt)
    note(0)
    ranges = write.stretches(shard.first_ordinal, shard.last_ordinal)
    return write.shard(export=hand.export, name=name, ranges=ranges, attempt=attempt, note=note, lines=lines)


def _done(shard: ExportShard, attempt: int, file: Written) -> None:
    mine = jobs.mine(shard, attempt).filter(export__status=Export.Status.RUNNING)
    if not mine.update(status=ExportShard.Status.DONE, bytes=file.bytes, sha256=file.sha256):
        raise Superseded


def _noting(hand: Hand, shard: ExportShard, attempt: int) -> write.Note:
    """Writes down how far the shard is. What a worker that died had counted of it counts no more."""
    at = {"export": hand.export.pk, "attempt": hand.attempt, "shard": shard.pk, "held": attempt}
    before = shard.rows_done

    def note(done: int) -> None:
        nonlocal before
        with connection.cursor() as cursor:
            cursor.execute(NOTE, at | {"done": done, "more": done - before})
            if not cursor.rowcount:
                _check(hand)
                raise Superseded
        before = done

    return note


def _check(hand: Hand) -> None:
    """Raises Cancelled, Superseded."""
    rows = Export.objects.filter(pk=hand.export.pk, status=Export.Status.RUNNING)
    if hand.attempt is not None:
        rows = rows.filter(attempt=hand.attempt)
    if not rows.filter(cancel_asked_at=None).exists():
        raise Cancelled if rows.exists() else Superseded


def _call(export: Export, ring: Ring) -> None:
    """Call as many as may write beside this one and don't yet, but not for the shard that this one takes."""
    shards = ExportShard.objects.filter(export=export)
    waiting = shards.filter(status=ExportShard.Status.PENDING).count() - 1
    others = shards.filter(status=ExportShard.Status.RUNNING).count()
    missing = min(settings.EXPORT_WORKERS - 1 - others, waiting)
    if missing > 0:
        ring(missing)


def _forget_lost(export: Export) -> None:
    """A shard that was written and whose file is gone is written again."""
    for shard in ExportShard.objects.filter(export=export, status=ExportShard.Status.DONE):
        if not storage.exists(f"{write.folder(export)}/{shard.name}"):
            lost = ExportShard.objects.filter(pk=shard.pk, status=ExportShard.Status.DONE)
            lost.update(status=ExportShard.Status.PENDING, sha256="")


def _kept_in(export: Export) -> str:
    return f"{write.folder(export)}/.lines"


def _let_go(export: Export) -> None:
    """Looks whether they are gone, since a removal is silent where the storage was away."""
    for _ in range(3):
        if not storage.names(_kept_in(export)):
            return
        storage.remove(_kept_in(export))
    logger.warning("%s: lines that were kept for its content_sha256 are left in the storage", export)


def _kept(shard: ExportShard, export: Export) -> str:
    """Where a shard's canonical lines wait, compressed, until it is their turn to be hashed."""
    return f"{_kept_in(export)}/{shard.first_ordinal:015}.zst"


@contextlib.contextmanager
def _keeping(name: str, attempt: int) -> Iterator[Callable[[bytes], object]]:
    storage.remove_unfinished(name, before=attempt)
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    with storage.writing(name, attempt=attempt) as file:
        yield lambda lines: file.write(packer.compress(lines))
        file.write(packer.flush())


def _unpacked(name: str) -> Iterator[bytes]:
    """In slices: a piece of compressed text may be fifty times as much."""
    packed = zstandard.ZstdDecompressor().decompressobj()
    for piece in storage.pieces(name):
        for start in range(0, len(piece), SLICE):
            yield packed.decompress(piece[start : start + SLICE])
