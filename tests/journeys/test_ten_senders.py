"""Ten senders post the same things over each other, and send again what was not answered, while web processes are
killed and PostgreSQL goes down: in the end there is what was sent, once."""

from __future__ import annotations

import http.client
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event, Lock
from typing import Any

import orjson
import psutil
import pytest

from tests import own_database
from tests.journeys import mail
from tests.journeys.mail import Mail, Request
from tests.own_database import OwnDatabase
from tests.web_server import WebServer

SENDERS = 10
PATIENCE = 90.0
RESTARTS = (signal.SIGQUIT, signal.SIGKILL)

INTERACTIONS = """
SELECT i.external_id, f.slug, i.conversation_id, c.input, c.output, c.final_text, c.metadata
FROM annotation_interaction i
JOIN annotation_interactioncontent c ON c.interaction_id = i.id JOIN annotation_feature f ON f.id = i.feature_id
"""
SIGNALS = """
SELECT i.external_id, (c.details->>'place')::int, s.external_id, s.kind, c.details
FROM annotation_signal s
JOIN annotation_signalcontent c ON c.signal_id = s.id JOIN annotation_interaction i ON i.id = s.interaction_id
"""
ITEMS = """
SELECT i.external_id, (c.details->>'place')::int, t.signal_kind, t.status, t.purpose
FROM annotation_item t
JOIN annotation_signalcontent c ON c.signal_id = t.signal_id JOIN annotation_interaction i ON i.id = t.interaction_id
"""


class Post:
    """The requests that are left, and how many were answered: what all senders share."""

    def __init__(self, server: WebServer, token: str, requests: list[Request]) -> None:
        self.server = server
        self.token = token
        self.total = len(requests)
        self.answered = 0
        self.failed = 0
        self._left = iter(requests)
        self._lock = Lock()

    def take(self) -> Request | None:
        with self._lock:
            return next(self._left, None)

    def count(self, *, answered: int = 0, failed: int = 0) -> None:
        with self._lock:
            self.answered += answered
            self.failed += failed


def send_until_nothing_is_left(post: Post) -> None:
    while request := post.take():
        began = time.monotonic()
        while not _is_taken(post, request):
            post.count(failed=1)
            assert time.monotonic() - began < PATIENCE, f"{request.path} was not answered"
            time.sleep(0.1)
        post.count(answered=1)


def _is_taken(post: Post, request: Request) -> bool:
    """Whether it was answered with 200. Every other answer must be one that says: send it again."""
    try:
        status, told = _answer(post, request.path, request.records)
    except (OSError, http.client.HTTPException):
        return False
    if status in (429, 503):
        return False
    assert (status, told["refused"]) == (200, []), told
    return True


def _answer(post: Post, path: str, body: object) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {post.token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", post.server.port, timeout=30)
    try:
        connection.request("POST", f"/api/v1{path}", orjson.dumps(body), headers)
        answer = connection.getresponse()
        assert answer.status not in (429, 503) or answer.headers["Retry-After"]
        return answer.status, orjson.loads(answer.read())
    finally:
        connection.close()


def _disturb(post: Post, database: OwnDatabase, chance: Random, ended: Event) -> int:
    """Kill a web process now and then, and PostgreSQL after a third and two thirds of the requests.

    By what was answered and not by the clock: on a busy machine nothing would ever be answered between two kills.
    Returns how many web processes were killed.
    """
    restarts = [(post.total * (place + 1) // 3, by) for place, by in enumerate(RESTARTS)]
    killed, next_kill = 0, 0
    while not ended.wait(0.02):
        if post.answered >= next_kill:
            killed += _kill_one(post.server, chance)
            next_kill = post.answered + chance.randint(1, 120)
        if restarts and post.answered >= restarts[0][0]:
            database.restart(restarts.pop(0)[1])
        if post.server.has_ended:
            # As systemd does.
            post.server.restart()
    assert not restarts
    return killed


def _kill_one(server: WebServer, chance: Random) -> int:
    workers = server.workers()
    try:
        chance.choice(workers).kill()
    except (IndexError, psutil.NoSuchProcess):
        return 0
    return 1


@pytest.fixture
def database() -> Iterator[OwnDatabase]:
    with own_database.running() as database:
        yield database


@pytest.mark.parametrize("count", [2000, pytest.param(60_000, marks=pytest.mark.long)])
def test_the_stored_set_is_the_sent_set(
    count: int, database: OwnDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = Random(count)
    sent = mail.written(chance, count=count)
    with WebServer(tmp_path, settings=database.settings) as server:
        token = database.manage("create_token", "--name", "ten", "--scopes", "ingest,manage")
        post = Post(server, token, sent.requests)
        assert _answer(post, "/features", {"slug": mail.FEATURE})[0] == 201
        began = time.monotonic()
        killed = _sent_by_all(post, database, chance)
        seconds = time.monotonic() - began
    _assert_equal(database, sent)
    assert post.failed > 0
    assert killed > 0
    with capsys.disabled():
        print(
            f"\nten senders: {post.total} requests in {seconds:.0f} s, {post.failed} failed and were sent again, "
            f"{killed} web processes and {len(RESTARTS)} databases killed"
        )


def _sent_by_all(post: Post, database: OwnDatabase, chance: Random) -> int:
    ended = Event()
    with ThreadPoolExecutor(SENDERS + 1) as pool:
        disturbed = pool.submit(_disturb, post, database, chance, ended)
        try:
            for sender in [pool.submit(send_until_nothing_is_left, post) for _ in range(SENDERS)]:
                sender.result()
        finally:
            ended.set()
        return disturbed.result()


def _assert_equal(database: OwnDatabase, sent: Mail) -> None:
    with database.connect() as own:
        names = ("id", "feature", "conversation_id", "input", "output", "final_text", "metadata")
        stored = [dict(zip(names, row, strict=True)) for row in own.execute(INTERACTIONS).fetchall()]
        signals = own.execute(SIGNALS).fetchall()
        items = own.execute(ITEMS).fetchall()
        waiting = own.execute("SELECT count(*) FROM annotation_waitingsignal").fetchone()
    assert len(stored) == len(sent.interactions)
    for one in stored:
        assert one == {name: sent.interactions[str(one["id"])][name] for name in names}
    assert len(signals) == len(sent.signals)
    for interaction, place, name, kind, details in signals:
        one = sent.signals[str(interaction), int(str(place))]
        assert (one["kind"], one["details"]) == (kind, details)
        assert one.get("id", name) == name
    queued = [
        (*key, one["kind"], "open", "sample") for key, one in sent.signals.items() if one["kind"] != "later_result"
    ]
    assert sorted(items) == sorted(queued)
    assert waiting == (0,)
