"""The body of a request, piece by piece."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from django.http import HttpRequest

from annotation.errors import Refusal

CHUNK = 256 * 1024
DRAINED = 64 * 1024 * 1024

# A sender that sends nothing for so long has gone, and its thread is needed; the shorter is for what nobody reads.
STALLED_SECONDS = 15.0
LINGER_SECONDS = 1.0


class CutShort(Refusal):
    """The body ended early, after {received} bytes. Nothing of it was stored; send it again, whole."""

    code = "cut_short"
    status = 400


def chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body, however long: never through Django's own limit, and never all in memory. Raises CutShort."""
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    received = 0
    try:
        for piece in _pieces(request, STALLED_SECONDS):
            received += len(piece)
            yield piece
    except OSError as error:
        raise CutShort(received=f"{received:,}") from error
    if received < announced:
        raise CutShort(received=f"{received:,}")


def drain(request: HttpRequest) -> None:
    """Read what is left, 64 MiB at most, and forget it.

    A sender that is still sending when the server closes sees a broken pipe, and never the answer that says why.
    """
    with contextlib.suppress(OSError):
        for _ in islice(_pieces(request, LINGER_SECONDS), DRAINED // CHUNK):
            pass


def _pieces(request: HttpRequest, patience: float) -> Iterator[bytes]:
    """What is left of the body. Raises OSError where nothing comes for `patience` seconds."""
    # gunicorn's own threads wait for a sender forever.
    if client := request.META.get("gunicorn.socket"):
        client.settimeout(patience)
    # Django takes a body without a length for an empty one; a server that marks its end lets us read it all the same.
    is_chunked = request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH")
    read: Callable[[int], bytes] = request.META["wsgi.input"].read if is_chunked else request.read
    return iter(partial(read, CHUNK), b"")
