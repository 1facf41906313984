"""One host is cut off or dies and work goes on; a server is cut off and work stops in words, and goes on by itself.

In all of that nothing is lost. A cut line says nothing: everybody has to find out by waiting, and nobody for long.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.caller import Answer, Caller, Host
from tests.hosts import cluster as clusters
from tests.hosts import net
from tests.hosts.cluster import Cluster
from tests.soak import reckoning
from tests.soak.load import Crowd
from tests.soak.prepare import FEATURE
from tests.units import Unit
from tests.workers import until

pytestmark = pytest.mark.alone

ANNOTATORS = 4
SECONDS = 10.0
"""So long a client waits for one answer before it asks the other host."""

SOON = 25.0
"""So long may it take until work goes on, or is seen to have stopped."""

MADE = 30.0
"""So long may it take until a dataset is made, once what it needs is there, also where its bell was lost."""

NOTICED = 12.0
"""So long after its last use a connection that was cut is known to be dead."""

MANY = 64
"""Four times as many as there are threads."""

WORDS = "can't reach its database or its broker"


class Play:
    """Everybody at work, and what is done to the hosts meanwhile."""

    def __init__(self, cluster: Cluster, crowd: Crowd, told: dict[str, Any]) -> None:
        self.cluster = cluster
        self.crowd = crowd
        self.seen = crowd.seen
        self.told = told
        self.machine = Caller(cluster.hosts, token=told["token"], seconds=SECONDS)
        self.person = Caller(cluster.hosts, seconds=SECONDS)
        self.person.sign_in(*told["engineer"])
        self._count = 0

    def goes_on(self) -> float:
        """Interactions and labels are taken; returns after how many seconds."""
        interactions, labels = len(self.seen.interactions), len(self.seen.labels)
        return until(
            lambda: len(self.seen.interactions) > interactions + 50 and len(self.seen.labels) > labels + 3,
            within=SOON,
        )

    def export(self) -> str:
        self._count += 1
        body = {"feature": FEATURE, "format": "reasons", "container": "jsonl"}
        answer = self.asked(lambda: self.machine.post("/api/v1/exports", body, Idempotency_Key=f"play-{self._count}"))
        assert answer.status == 202, answer.text
        name = str(answer.json["id"])
        self.seen.exports[name] = "done"
        return name

    def shown(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.asked(lambda: self.machine.get(f"/api/v1/exports/{name}")).json
        return found

    def is_made(self, name: str, *, within: float = MADE) -> float:
        return until(lambda: self.shown(name)["status"] == "done", within=within, every=0.3)

    def asked(self, ask: Callable[[], Answer]) -> Answer:
        found: list[Answer] = []

        def is_answered() -> bool:
            try:
                found.append(ask())
            except ConnectionError:
                return False
            return found[-1].status != 503

        until(is_answered, within=SOON, every=0.2)
        return found[-1]

    def failures(self, since: float) -> list[Answer]:
        with self.seen.lock:
            return [one for one in self.seen.failures if one.ended >= since]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    if why_not := net.missing():
        assert not os.environ.get("CI"), why_not
        pytest.skip(why_not)
    with clusters.running() as cluster:
        yield cluster


@pytest.mark.parametrize("seconds", [10.0, pytest.param(60.0, marks=pytest.mark.long)])
def test_what_is_cut_off_stops_nothing_for_longer_than_it_is_away(
    seconds: float, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(cluster.people(ANNOTATORS))
    crowd = Crowd(
        cluster.hosts,
        token=told["token"],
        until=time.monotonic() + 3600,
        patience=seconds + 60,
        seed=1,
        seconds=SECONDS,
    )
    play = Play(cluster, crowd, told)
    with _at_work(play):
        first = play.goes_on()
        tales = [
            f"first {first:.1f}",
            _one_host_is_cut_off(play, "web", seconds),
            _one_host_dies(play, "web"),
            _one_host_is_cut_off(play, "work", seconds),
            _one_host_dies(play, "work"),
            _the_database_is_cut_off(play, seconds),
            _the_broker_is_cut_off(play, seconds),
            _the_store_is_cut_off(play, seconds),
        ]
        with capsys.disabled():
            print("\nhosts:", *tales, sep="\n  ")
    reckoning.check(cluster.rows, play.seen)
    assert play.seen.signed_out == 0


@contextlib.contextmanager
def _at_work(play: Play) -> Iterator[None]:
    crowd = play.crowd
    with ThreadPoolExecutor(ANNOTATORS + 2) as pool:
        work: list[Future[None]] = [pool.submit(crowd.send, n, per_second=40, batch=5) for n in range(2)]
        for number, (email, password) in enumerate(play.told["annotators"].items()):
            work.append(pool.submit(crowd.annotate, number, email, password, seconds=0.5))
        try:
            yield
        finally:
            crowd.stop()
    for one in work:
        one.result()


def _stays(seconds: float, since: float) -> None:
    """What is cut stays so for that long."""
    time.sleep(max(0.0, since + seconds - time.monotonic()))


def _is_polite(answer: Answer) -> bool:
    return answer.status == 503 and bool(answer.headers.get("retry-after"))


def _one_host_is_cut_off(play: Play, kind: str, seconds: float) -> str:
    machine = {"web": play.cluster.web, "work": play.cluster.work}[kind][0]
    with play.cluster.holding(machine) as is_held:
        since = time.monotonic()
        with machine.is_cut():
            on = play.goes_on()
            made = play.is_made(play.export())
            _stays(seconds, since)
            assert play.failures(since) == []
            until(lambda: not is_held(), within=SOON)
    # What the host itself had open is dead, as it finds out by then.
    _stays(NOTICED, since)
    play.goes_on()
    assert all(map(_is_polite, play.failures(since)))
    return f"a {kind} host cut off: work went on after {on:.1f} s, a dataset was made in {made:.1f} s"


def _one_host_dies(play: Play, kind: str) -> str:
    names = {"web": ["web"], "work": ["worker", "beat"]}[kind]
    dead: list[Unit] = [play.cluster.units[name][1] for name in names]
    since = time.monotonic()
    for unit in dead:
        unit.stop(first=signal.SIGKILL)
    on = play.goes_on()
    made = play.is_made(play.export())
    for unit in dead:
        unit.start_again()
    assert play.failures(since) == []
    return f"a {kind} host dead: work went on after {on:.1f} s, a dataset was made in {made:.1f} s"


def _the_database_is_cut_off(play: Play, seconds: float) -> str:
    machine = play.cluster.database
    since = time.monotonic()
    with machine.is_cut():
        said = until(lambda: play.failures(since), within=SOON)
        until(lambda: all(map(_lives, play.cluster.hosts)), within=SOON)
        page = _told_away(play)
        assert (page.status, page.headers["retry-after"]) == (503, "5")
        assert WORDS in page.text.replace("&#x27;", "'")
        crowded = until(lambda: _all_are_told(play), within=SOON)
        _stays(seconds, since)
    back = time.monotonic()
    on = play.goes_on()
    told = play.failures(since)
    assert all(map(_is_polite, told))
    longest = max(one.ended - one.began for one in told)
    made = play.is_made(play.export())
    late = max((one.ended - back for one in play.failures(back)), default=0.0)
    return (
        f"the database cut off: said after {said:.1f} s, {len(told)} times, {longest:.1f} s at most, {MANY} at once "
        f"after {crowded:.1f} s; work went on {on:.1f} s after it was back (last 503 {late:.1f} s), "
        f"a dataset was made in {made:.1f} s"
    )


def _lives(host: Host) -> bool:
    with contextlib.suppress(ConnectionError):
        return Caller([host], seconds=SECONDS).get("/healthz").status == 200
    return False


def _all_are_told(play: Play) -> bool:
    """More people at once than there are threads: nobody waits for who waits."""

    def is_told(number: int) -> bool:
        with contextlib.suppress(ConnectionError):
            return play.person.twin(number).get("/datasets/").status == 503
        return False

    with ThreadPoolExecutor(MANY) as pool:
        return all(pool.map(is_told, range(MANY)))


def _told_away(play: Play) -> Answer:
    found: list[Answer] = []

    def is_told() -> bool:
        try:
            found.append(play.person.get("/datasets/"))
        except ConnectionError:
            return False
        return found[-1].status == 503

    until(is_told, within=SOON)
    return found[-1]


def _the_broker_is_cut_off(play: Play, seconds: float) -> str:
    machine = play.cluster.valkey
    since = time.monotonic()
    with machine.is_cut():
        on = play.goes_on()
        asked = time.monotonic()
        name = play.export()
        answered = time.monotonic() - asked
        assert play.shown(name)["status"] == "pending"
        ready = Caller(play.cluster.hosts).get("/readyz")
        assert (ready.status, ready.json["missing"]) == (503, ["broker"])
        email, password = play.told["engineer"]
        caller = Caller(play.cluster.hosts)
        caller.get("/accounts/login/")
        told = caller.form("/accounts/login/", {"login": email, "password": password}, is_script=False)
        assert (told.status, told.headers["retry-after"]) == (503, "5")
        assert WORDS in told.text.replace("&#x27;", "'")
        _stays(seconds, since)
    made = play.is_made(name)
    assert play.failures(since) == []
    return (
        f"the broker cut off: work went on after {on:.1f} s, a dataset asked for in {answered:.1f} s, "
        f"signing in refused in {told.ended - told.began:.1f} s; the dataset was made {made:.1f} s after it was back"
    )


def _the_store_is_cut_off(play: Play, seconds: float) -> str:
    machine = play.cluster.store
    before = play.export()
    play.is_made(before)
    file = play.shown(before)["files"][0]["url"].partition(f":{clusters.PORT}")[2]
    since = time.monotonic()
    with machine.is_cut():
        on = play.goes_on()
        name = play.export()
        fetched = Caller(play.cluster.hosts, token=play.told["token"]).get(file)
        assert (fetched.status, fetched.json["code"]) == (503, "not_in_storage")
        assert fetched.headers["retry-after"]
        _stays(seconds, since)
        waiting = play.shown(name)
        assert waiting["status"] in ("pending", "running")
    # What was asked of it just before it was back has its 30 seconds.
    made = play.is_made(name, within=MADE + 30)
    assert play.asked(lambda: play.machine.get(file)).status == 200
    assert play.failures(since) == []
    return (
        f"the store cut off: work went on after {on:.1f} s, a file refused in {fetched.ended - fetched.began:.1f} s; "
        f"the dataset was made {made:.1f} s after it was back"
    )
