"""One record a POST by eight senders, each on a connection that stays open; and what memory that takes."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from annotation.models import Interaction
from tests import cast
from tests.benchmarks import load
from tests.web_server import WebServer

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

SENDERS = 8
SECONDS = 10.0
WARM = 50
"""POSTs of each sender before anything is measured: every process has loaded what it needs."""


def test_single_records_by_8_senders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast.feature()
    secret = cast.token("ingest")[1]
    with WebServer(tmp_path, settings={"RATE_LIMIT": "0"}) as server:
        asyncio.run(_send(server, secret, "warm", count=WARM))
        before = load.memory(server)
        spans = asyncio.run(_send(server, secret, "gen"))
        after = load.memory(server)
    posts = [span for sender in spans for span in sender]
    assert Interaction.objects.count() == len(posts) + SENDERS * WARM
    p50, p99 = (load.share(posts, share) * 1000 for share in (0.5, 0.99))
    with capsys.disabled():
        print(
            f"\nsingle: {len(posts) / SECONDS:,.0f} records/s by {SENDERS} senders, "
            f"p50 {p50:.1f} ms, p99 {p99:.1f} ms; web processes {before} MiB before, {after} MiB after"
        )


async def _send(server: WebServer, secret: str, name: str, *, count: int | None = None) -> list[list[float]]:
    until = time.perf_counter() + SECONDS
    senders = []
    for place in range(SENDERS):
        senders.append(asyncio.create_task(load.posts(server, secret, f"{name}-{place}", until=until, count=count)))
        # Whoever is idle takes a new connection and keeps it. Opened all at once, they would all end with one process.
        await asyncio.sleep(0.1)
    return await asyncio.gather(*senders)
