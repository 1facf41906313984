"""Flywheel under load while its processes are killed and its servers are started anew: nothing that was acknowledged is
lost or doubled, nobody is signed out, memory stays, and who is turned away is told when to come again."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from flywheel_app.local import servers
from tests import judge_server, own_database, own_valkey, units
from tests.caller import Caller, Host
from tests.own_database import OwnDatabase
from tests.own_valkey import OwnValkey
from tests.ports import free_port
from tests.soak import load, memory, reckoning
from tests.soak.load import Crowd, Seen
from tests.soak.memory import Growth, Series
from tests.soak.trouble import Outage, Trouble
from tests.units import Unit
from tests.workers import ROOT, TOLD, until

pytestmark = pytest.mark.alone

PER_SECOND = 200
SENDERS, BATCH = 4, 20
ANNOTATORS, THINKING = 20, 4.0
EXPORTERS = 3
PATIENCE = 180.0
STOCK = 2000
"""Interactions of before; half of them are labeled, so that datasets have rows from the beginning."""

SAWTOOTH, MOST_GROWTH = 48.0, 24.0
"""MiB by which a process may grow. Web processes look for rings of garbage once in 200,000 objects
(`flywheel_app.wsgi`), and until the first time that looks like a leak: a run of few minutes sees only what is worse."""
LONG_ENOUGH = 600.0

JUDGED = """
    SELECT r.status, r.items_total, r.answered, r.failed, r.skipped, r.error,
           (SELECT count(*) FROM annotation_label l JOIN annotation_rater t ON t.id = l.rater_id
            WHERE t.kind = 'judge'),
           (SELECT count(DISTINCT l.item_id) FROM annotation_label l JOIN annotation_rater t ON t.id = l.rater_id
            WHERE t.kind = 'judge')
    FROM annotation_judgerun r
"""


@dataclass
class World:
    """A whole installation of its own, as `deploy/` has it."""

    database: OwnDatabase
    valkey: OwnValkey
    settings: dict[str, str]
    folder: Path

    def __post_init__(self) -> None:
        self.host = Host("127.0.0.1", free_port())
        environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        self.environment = environment | self.settings
        self.units = {
            "web": self._unit("web", {"--bind": f"{self.host.address}:{self.host.port}"}),
            # One process for the judge, three for datasets and what is rung for.
            "worker": self._unit("worker", {"--concurrency": "4"}),
            "beat": self._unit("beat", {"--schedule": str(self.folder / "beat")}),
        }

    def call(self, function: str, **arguments: Any) -> str:
        """What a function of `tests.soak.prepare` prints, on this database."""
        code = f"from tests.soak import prepare; prepare.{function}(**{arguments!r})"
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
        ran = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def rows(self, statement: str) -> list[Any]:
        with self.database.connect() as own:
            found = own.execute(statement)
            return found.fetchall() if found.description else []

    def _unit(self, name: str, options: dict[str, str]) -> Unit:
        log = self.folder / f"{name}.log"
        return Unit(name, environment=self.environment, log=log, options=options)


@pytest.fixture
def judge() -> Iterator[judge_server.JudgeServer]:
    with judge_server.running(respond=judge_server.failing, seconds=0.2) as server:
        yield server


@pytest.fixture
def world(tmp_path: Path, judge: judge_server.JudgeServer) -> Iterator[World]:
    with own_database.running() as database, own_valkey.running() as valkey:
        storage = tmp_path / "storage"
        storage.mkdir()
        urls = database.settings | valkey.settings
        settings = servers.settings(urls, storage=storage) | {"HTTPS": "false", "JUDGE_BASE_URL": judge.url}
        world = World(database, valkey, settings, tmp_path)
        with units.tended(list(world.units.values())):
            until(lambda: _is_ready(world.host))
            yield world
        for name in world.units:
            print(f"--- {name}", (tmp_path / f"{name}.log").read_text()[-TOLD:], sep="\n")


def _is_ready(host: Host) -> bool:
    with contextlib.suppress(ConnectionError):
        return Caller([host]).get("/readyz").status == 200
    return False


@pytest.mark.parametrize("minutes", [3, pytest.param(30, marks=pytest.mark.long)])
def test_nothing_is_lost_and_nothing_grows(minutes: int, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("SOAK_SEED") or Random().randrange(10**6))
    with capsys.disabled():
        print(f"\nsoak: SOAK_SEED={seed}")
    seconds = float(os.environ.get("SOAK_MINUTES") or minutes) * 60
    told = json.loads(world.call("people", count=ANNOTATORS))
    _stock(world, told["token"], seed)
    items = min(int(seconds * 2), STOCK)
    world.call("judge", items=items, per_second=items / (seconds * 0.6))
    trouble = Trouble(world.units, world.database, world.valkey, Random(seed))
    crowd = Crowd([world.host], token=told["token"], until=time.monotonic() + seconds, patience=PATIENCE, seed=seed)
    series: list[Series] = []
    try:
        with memory.watched(list(world.units.values()), seen=series), trouble.going_on(seconds=seconds):
            _all_come(crowd, told)
    finally:
        # Also where it failed: half an hour tells much, whatever ended it.
        with capsys.disabled():
            print(_said(crowd.seen, trouble, series, seconds))
    _reckon(world, crowd.seen)
    _was_polite(crowd.seen, trouble)
    assert len(crowd.seen.interactions) >= PER_SECOND * (seconds - trouble.seconds_away)
    assert len(trouble.outages) == 5
    _stays(series, seconds)


def _all_come(crowd: Crowd, told: dict[str, Any]) -> None:
    work: list[Callable[[], None]] = [
        lambda number=number: crowd.send(number, per_second=PER_SECOND / SENDERS, batch=BATCH)  # type: ignore[misc]
        for number in range(SENDERS)
    ]
    for number, (email, password) in enumerate(told["annotators"].items()):
        work.append(lambda n=number, e=email, p=password: crowd.annotate(n, e, p, seconds=THINKING))  # type: ignore[misc]
    work += [lambda number=number: crowd.fetch(number) for number in range(EXPORTERS)]  # type: ignore[misc]
    work.append(lambda: crowd.look(*told["engineer"]))
    with ThreadPoolExecutor(len(work)) as pool:
        waited = wait([pool.submit(one) for one in work], return_when=FIRST_EXCEPTION)
        crowd.stop()
    for one in waited.done:
        one.result()


def _stock(world: World, token: str, seed: int) -> None:
    caller = Caller([world.host], token=token)
    sent = load.records(Random(seed), STOCK, prefix="before")
    assert caller.post("/api/v1/interactions", sent).json["accepted"] == STOCK
    labels = [
        {
            "feature": one["feature"],
            "interaction_id": one["id"],
            "signal_kind": "accepted",
            "source": "human",
            "source_name": "helpdesk",
            "reason": "verified",
            "labeled_at": one["occurred_at"],
        }
        for one in sent[: STOCK // 2]
    ]
    assert caller.post("/api/v1/labels", labels).json["accepted"] == len(labels)
    # An installation that has been there for a while knows how large its tables are; a crash forgets only what changed.
    until(lambda: world.rows("SELECT count(*) FROM annotation_signaturedue") == [(0,)], within=PATIENCE, every=0.5)
    world.rows("ANALYZE")


def _reckon(world: World, seen: Seen) -> None:
    reckoning.check(world.rows, seen)
    until(lambda: world.rows(JUDGED)[0][0] not in ("pending", "running"), within=PATIENCE, every=1.0)
    [(status, total, answered, failed, skipped, error, labels, items)] = world.rows(JUDGED)
    assert (status, error, answered + failed + skipped) == ("done", "", total)
    assert labels == items == answered > 0


def _was_polite(seen: Seen, trouble: Trouble) -> None:
    """Who was turned away was told so in words, for a reason, and when to come again; nobody had to sign in again."""
    rude = [
        (one.status, one.method, one.path, one.text[:300])
        for one in seen.failures
        if one.status != 503 or not one.headers.get("retry-after") or not trouble.excuses(one)
    ]
    assert rude == []
    assert seen.signed_out == 0


def _warm(seconds: float) -> float:
    """Seconds of a process's life. In a long run few of those that are killed every 20 s would live for a quarter."""
    return min(seconds / 4, 240.0)


def _stays(series: list[Series], seconds: float) -> None:
    found = memory.growths(series, warm=_warm(seconds))
    kinds = {one.what.rpartition(" ")[0] for one in found}
    assert {"web's process", "worker's process", "web's head", "worker's head"} <= kinds
    most = MOST_GROWTH if seconds >= LONG_ENOUGH else SAWTOOTH
    assert [str(one) for one in found if one.mebibytes > most] == []


def _said(seen: Seen, trouble: Trouble, series: list[Series], seconds: float) -> str:
    def outage(one: Outage) -> str:
        return f"{one.what} {one.ended - one.began:.1f} s"

    grown: list[Growth] = memory.growths(series, warm=_warm(seconds))
    cpu: Counter[str] = Counter()
    for one in series:
        cpu[one.what.partition("'")[0]] += round(one.cpu)
    lines = [
        f"{len(seen.interactions)} interactions ({len(seen.interactions) / seconds:.0f}/s), {len(seen.labels)} labels, "
        f"{len(seen.exports)} datasets of {seen.files} files in {seconds:.0f} s",
        f"{seen.answered} answers, {len(seen.failures)} of them 5xx, {seen.unanswered} asked again",
        f"killed: {dict(trouble.killed)}; away: {', '.join(outage(one) for one in trouble.outages)}",
        f"seconds of CPU: {dict(cpu)}, and {time.process_time():.0f} of everybody who came",
        *map(str, grown),
    ]
    return "\n  ".join(["soak:", *lines])
