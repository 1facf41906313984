"""Arrays as PostgreSQL sends them (`array_send`): how many values there are, then each one after its width."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_HEADER: Final = 20
_SENT: Final = {kind: np.dtype([("width", ">i4"), ("value", f">{kind}")]) for kind in ("i4", "i8", "f8")}


def received(array: bytes, kind: str) -> NDArray[Any]:
    """The values of an array of one dimension without nulls. `kind`: i4, i8 or f8, as the database has it."""
    return np.frombuffer(array, _SENT[kind], offset=_HEADER)["value"]
