"""The stages of a backup, each with its progress."""

from __future__ import annotations

from annotation.management.progress import Progress, Stream


class Stages:
    """Shows each stage until the next one begins (`annotation.operations.backup.Watch`)."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._progress: Progress | None = None

    def begins(self, label: str, *, total: int, noun: str) -> None:
        self._progress = Progress(stream=self._stream, label=label, total=total, noun=noun)

    def advances(self, *, to: int, count: int) -> None:
        if self._progress:
            self._progress.advance(to=to, count=count)

    def ends(self) -> None:
        if self._progress:
            self._progress.end()
            self._progress = None
