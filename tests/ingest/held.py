"""Somebody who stores a file is held up in the middle of it, however late a test looks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import transaction

from annotation.ingest import store
from tests.cast import NOW
from tests.ingest.sent import interaction


class _Rollback(Exception):
    """So that nothing is left of what held others up."""


@contextlib.contextmanager
def up_at(name: str) -> Iterator[None]:
    """Whoever stores the interaction of this id waits, with the batches before it stored: another one is about to."""
    with contextlib.suppress(_Rollback), transaction.atomic():
        assert store.interactions(records=[(0, interaction(name))], now=NOW).accepted == 1
        yield
        raise _Rollback
