"""How many calls may begin in a second, counted so that no server sees more, whatever the network does."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

SLACK_SECONDS = 0.2
"""So much longer than its window a call holds its place: what the network delays must not arrive beside what comes
after it. A fifth of the rate is the price."""

ASK_AGAIN_SECONDS = 0.02
"""While each place is held by a call that isn't sent yet."""


class Place:
    """Held by one call, from before it is sent until its window has passed since it was."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self.until = math.inf

    def sent(self) -> None:
        """The call is on its way. Said again, nothing changes. May be said by another thread."""
        if math.isinf(self.until):
            self.until = self._clock() + self._seconds


class Pace:
    """At most `per_second` calls a second, spread over it. Of 2.5, no window of 1.2 seconds sees more than 3; of 0.5,
    none of 2 seconds more than 1.

    For one thread that sends; others may say `Place.sent`. A call whose sending takes long keeps its place all that
    time, so a stall never ends in a burst.
    """

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Rounded down, 1.9 calls a second would be hardly half of them.
        self._count = math.ceil(per_second)
        self._window = self._count / per_second
        self._places: list[Place] = []
        self._not_before = clock()

    @property
    def usual(self) -> float:
        """Calls a second where nothing else slows them down."""
        return self._count / (self._window + SLACK_SECONDS)

    def pause(self, seconds: float) -> None:
        """Nothing is sent for so long: the server asked for it, or somebody else may have sent just now."""
        self._not_before = max(self._not_before, self._clock() + seconds)

    def pause_a_window(self) -> None:
        self.pause(self._window + SLACK_SECONDS)

    def wait(self) -> float:
        """Seconds until it is worth asking again; 0: a place may be taken."""
        now = self._clock()
        self._places = [place for place in self._places if place.until > now]
        waits = [self._not_before - now]
        if len(self._places) >= self._count:
            first = min(place.until for place in self._places) - now
            waits.append(ASK_AGAIN_SECONDS if math.isinf(first) else first)
        return max(0.0, *waits)

    def take(self) -> Place:
        """A place for a call that is sent next. Only where `wait` said 0."""
        place = Place(self._window + SLACK_SECONDS, self._clock)
        self._places.append(place)
        self.pause(self._window / self._count)
        return place
