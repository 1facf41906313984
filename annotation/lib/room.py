"""Room for large things: as many threads at once as it has room for, the others wait."""

from __future__ import annotations

from threading import Condition, get_ident


class FullError(Exception):
    """No room became free in time."""


class Room:
    """Each thread holds one thing at most. What is larger than the room is let in alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: dict[int, int] = {}
        self._changed = Condition()

    def take(self, weight: int, *, within: float) -> None:
        """Hold so much until `leave`, in place of what this thread holds. Raises FullError after `within` seconds."""
        weight = min(weight, self._size)
        self.leave()
        with self._changed:
            if not self._changed.wait_for(lambda: sum(self._held.values()) + weight <= self._size, within):
                raise FullError
            self._held[get_ident()] = weight

    def leave(self) -> None:
        """Hold nothing any more. Harmless when nothing is held."""
        with self._changed:
            if self._held.pop(get_ident(), None) is not None:
                self._changed.notify_all()
