"""What became of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotation.ingest.fields import InvalidRecord


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that was not taken: its place in the batch, the sender's id (cut short), a stable code, a sentence."""

    index: int
    id: str | None
    code: str
    message: str


@dataclass(slots=True)
class Outcome:
    """Each record is counted once: accepted, duplicate, waiting (signals alone) or refused. Refused leaves nothing."""

    accepted: int = 0
    duplicates: int = 0
    waiting: int = 0
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, index: int, name: str | None, error: InvalidRecord) -> None:
        # What a sentence quotes may be what it complains of: half of a surrogate pair, which no answer can hold.
        message = error.message.encode("utf-8", "replace").decode()
        self.refused.append(Refused(index=index, id=name, code=error.code, message=message))

    @property
    def is_all_refused(self) -> bool:
        return bool(self.refused) and not (self.accepted or self.duplicates or self.waiting)
