"""A run of a judge against a server that fails one call of ten: killed and resumed, it loses nothing and keeps to its
rate and its cap."""

from __future__ import annotations

import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from annotation import tasks
from annotation.models import AuditEvent, Feature, JudgeAsk, JudgeCall, JudgeCallContent, JudgeRun, Label
from tests import judge_server, stock
from tests.judge_server import Call
from tests.labels.judge import world
from tests.locks import is_alone
from tests.workers import PATIENCE, Workers, until

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(*runs: JudgeRun) -> Counter[str]:
    found = JudgeCall.objects.filter(run__in=runs).values_list("outcome").annotate(Count("pk"))
    return Counter(dict(found.order_by()))


def account(run: JudgeRun) -> Decimal:
    """What was spent or may have been, added up from the calls."""
    whole = run.calls.aggregate(whole=Sum(Coalesce(F("cost"), F("reserved"))))["whole"]
    return Decimal(whole or 0)


def done(run: JudgeRun) -> int:
    run.refresh_from_db()
    return run.answered + run.failed + run.skipped


def survives(
    items: int, *, per_second: float, within: float, workers: Workers, monkeypatch: pytest.MonkeyPatch, feature: Feature
) -> None:
    for start in range(0, items, 1000):
        stock.items(feature, min(1000, items - start))
    version = world.judge()
    is_killed = threading.Event()

    def respond(call: Call) -> None:
        """One is still out when the worker is killed, however late that is."""
        if call.number == items // 3:
            assert is_killed.wait(PATIENCE)
        judge_server.failing(call)

    with judge_server.running(respond=respond, seconds=0.2) as server:
        monkeypatch.setenv("JUDGE_BASE_URL", server.url)
        monkeypatch.setattr("django.conf.settings.JUDGE_BASE_URL", server.url)
        worker = workers.start_worker()
        run = world.asked(version, feature, per_second=per_second, concurrency=8)
        tasks.ring(run)
        until(lambda: done(run) >= items // 3, within=within)
        worker.kill()
        is_killed.set()
        until(is_alone)
        killed_at = done(run)
        out = outcomes(run)[""]
        assert 0 < out <= 8
        workers.start_worker()
        tasks.ring_silent_jobs.delay()
        until(lambda: JudgeRun.objects.get(pk=run.pk).status != JudgeRun.Status.RUNNING, within=within)

    run.refresh_from_db()
    counted = outcomes(run)
    assert run.started_at
    assert run.finished_at
    print(
        f"\n{items} items at {per_second:g} a second: {(run.finished_at - run.started_at).total_seconds():.1f} s,"
        f" killed at {killed_at}, attempts {run.attempt}; calls {counted.total()}, arrived {len(server.calls)},"
        f" most in a second {server.most_in_a_second()}; {dict(counted)}; server failed {dict(server.told)};"
        f" committed {run.committed:.6f}, spent {run.spent:.6f}, billed {server.billed:.6f}"
    )
    assert (run.status, run.error, run.attempt) == (JudgeRun.Status.DONE, "", 2)
    assert killed_at < items
    # None is lost, none is asked for twice.
    assert (run.items_total, run.answered, run.failed, run.skipped) == (items, items, 0, 0)
    assert Label.objects.filter(rater=version.rater, superseded_at=None).count() == items
    assert Label.objects.filter(rater=version.rater).count() == items
    assert not JudgeAsk.objects.exclude(state=JudgeAsk.State.ANSWERED).exists()
    # Each call is counted as what it was; of those that the dead worker had out, nobody knows.
    assert counted["lost"] == out
    assert 0 <= counted.total() - len(server.calls) <= out
    for way, count in server.told.items():
        assert 0 <= count - counted[way] <= out, way
    assert JudgeCallContent.objects.count() == sum(
        counted[way] for way in ("rate_limited", "server_error", "unparsed", "malformed")
    )
    # Neither limit is passed, as the server itself counts.
    assert 0 < server.most_in_a_second() <= per_second
    assert account(run) == run.committed
    assert server.billed <= run.committed <= run.cost_cap
    assert AuditEvent.objects.filter(verb="judge_run.finished", target_id=run.public_id).count() == 1


def test_killed_in_the_middle_it_goes_on_and_loses_nothing(
    feature: Feature, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    survives(120, per_second=24, within=90, workers=workers, monkeypatch=monkeypatch, feature=feature)


@pytest.mark.long
def test_five_thousand_items(feature: Feature, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    survives(5_000, per_second=15, within=1500, workers=workers, monkeypatch=monkeypatch, feature=feature)
