"""The first records of a file, as they would be sent."""

from __future__ import annotations

import itertools
from typing import Any, BinaryIO

from annotation.ingest.files import values
from annotation.ingest.files.formats import Plan
from annotation.lib.foreign.found import Act, Answer

_LOOKED_AT = 50


def records(*, file: BinaryIO, name: str, plan: Plan, count: int) -> list[Any]:
    """At most `count`, from the first values."""
    first: list[Any] = []
    for _, value in itertools.islice(values.values(file, name=name, kind=plan.container), _LOOKED_AT):
        first += [one.record for one in plan.found(value) if isinstance(one, Answer | Act)]
        if len(first) >= count:
            break
    return first[:count]
