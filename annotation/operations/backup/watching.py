"""Who makes or restores a backup says how far it is."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Stages one after another. `total` and `to` are bytes; `count` more of what `noun` names were done since."""

    def begins(self, label: str, *, total: int, noun: str) -> None: ...

    def advances(self, *, to: int, count: int) -> None: ...

    def ends(self) -> None: ...
