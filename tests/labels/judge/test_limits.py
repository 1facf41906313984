"""How a run ends: at its cap, cancelled, by a server that refuses or says nothing, and with items nobody could get an
answer for. What was spent or may have been is never more than the cap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction
from django.utils import timezone

from annotation import audit
from annotation.jobs import Superseded
from annotation.labels.judge import asking, chosen, ledger, request, versions
from annotation.labels.judge.chosen import Choice
from annotation.models import (
    ConsensusRevision,
    Feature,
    Interaction,
    Item,
    JudgeAsk,
    JudgeCall,
    JudgeCallContent,
    JudgeRun,
    JudgeVersion,
    Label,
    Rater,
)
from tests import judge_server, stock
from tests.cast import NOW
from tests.erasure import world as erasures
from tests.judge_server import Call, JudgeServer
from tests.labels.judge import world
from tests.labels.judge.test_run import account, outcomes
from tests.workers import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings: LazySettings) -> Iterator[JudgeServer]:
    with judge_server.running() as running:
        world.asks(settings, running)
        yield running


def run_with(version: JudgeVersion, feature: Feature, **limits: Any) -> JudgeRun:
    return world.worked(world.asked(version, feature, **limits))


def test_an_answer_is_a_label_of_the_version_and_no_vote(server: JudgeServer, feature: Feature) -> None:
    (item,) = stock.items(feature, 1)
    version = world.judge()
    run = run_with(version, feature)

    label = Label.objects.get()
    assert (label.item, label.rater.kind, label.rater.name) == (item, Rater.Kind.JUDGE, "flywheel:Tone v1")
    assert (label.reason.code, label.confidence, label.content.explanation) == ("verified", 0.9, "It was kept.")
    assert (label.evidence_version, label.taxonomy_version) == (1, version.taxonomy_version)
    item.refresh_from_db()
    assert (item.status, item.taken) == (Item.Status.OPEN, [])
    assert not ConsensusRevision.objects.exists()
    call = JudgeCall.objects.get()
    assert run.spent == run.committed == call.cost == Decimal(server.billed).quantize(call.cost or Decimal(1))
    assert server.calls[0].body["key"] == "Bearer sk-judge"
    # Asked again, there is nothing to ask; the next version answers for itself.
    with pytest.raises(request.NothingToAsk):
        world.asked(version, feature)
    second = versions.add(judge=version.judge, spec=world.spec(), actor=audit.FLYWHEEL, now=NOW)
    assert run_with(second, feature).answered == 1
    assert set(Label.objects.values_list("rater__name", flat=True)) == {"flywheel:Tone v1", "flywheel:Tone v2"}


def test_it_stops_before_a_call_could_pass_the_cap_and_a_later_run_takes_the_rest(
    server: JudgeServer, feature: Feature
) -> None:
    stock.items(feature, 12)
    version = world.judge()
    # About four calls at their real price, of which each is a fifth of its worst case.
    run = run_with(version, feature, cost_cap=Decimal("0.0035"), concurrency=8)
    assert run.status == JudgeRun.Status.CAPPED
    assert 0 < run.answered < 12
    assert run.committed == account(run) <= run.cost_cap
    assert server.billed <= run.cost_cap
    # So little is left that one call more might have been too much.
    assert run.cost_cap - run.committed < max(run.calls.values_list("reserved", flat=True))

    rest = run_with(version, feature)
    assert (rest.status, rest.items_total, rest.answered) == (
        JudgeRun.Status.DONE,
        12 - run.answered,
        12 - run.answered,
    )


def test_what_may_have_been_spent_counts_though_nobody_told(server: JudgeServer, feature: Feature) -> None:
    stock.items(feature, 2)
    server.respond = lambda call: call.send(500, b"no") if call.number < 3 else judge_server.agree(call)
    run = run_with(world.judge(), feature, concurrency=1)
    failed = run.calls.filter(outcome="server_error")
    assert [call.cost for call in failed] == [None] * 3
    assert run.committed == run.spent + sum(call.reserved for call in failed) == account(run)


def test_answers_that_are_none_are_kept_counted_and_given_up_after_the_last_try(
    server: JudgeServer, feature: Feature
) -> None:
    stock.items(feature, 2)

    def respond(call: Call) -> None:
        told = {"reason": "made_up", "confidence": 1, "explanation": ""}
        call.answer(told if call.number % 2 else "I'd say verified.\0")

    server.respond = respond
    run = run_with(world.judge(), feature, tries=3, concurrency=1)
    assert (run.status, run.answered, run.failed) == (JudgeRun.Status.DONE, 0, 2)
    assert outcomes(run) == {"unparsed": 3, "unknown_reason": 3}
    assert {ask.tries for ask in JudgeAsk.objects.all()} == {3}
    assert sorted(set(JudgeCallContent.objects.values_list("text", flat=True)))[0] == "I'd say verified.\ufffd"
    assert JudgeCallContent.objects.count() == 6
    assert not Label.objects.exists()
    assert run.spent == run.committed


def test_a_server_without_schemas_is_asked_without_one(server: JudgeServer, feature: Feature) -> None:
    stock.items(feature, 3)

    def respond(call: Call) -> None:
        if "response_format" in call.body:
            call.send(400, b'{"error": {"message": "response_format is not supported"}}')
        else:
            call.answer('Sure!\n```json\n{"reason": "unread", "confidence": 0.4, "explanation": "quick"}\n```')

    server.respond = respond
    run = run_with(world.judge(), feature, concurrency=1, tries=1)
    assert (run.answered, run.failed) == (3, 0)
    assert outcomes(run) == {"no_schema": 1, "answered": 3}


def test_a_call_that_is_refused_fails_its_item_alone(server: JudgeServer, feature: Feature) -> None:
    stock.items(feature, 4)
    server.respond = lambda call: call.send(400, b"too long") if call.number == 2 else judge_server.agree(call)
    run = run_with(world.judge(), feature, concurrency=1)
    assert (run.status, run.answered, run.failed) == (JudgeRun.Status.DONE, 3, 1)
    assert JudgeAsk.objects.get(state="failed").problem == "refused"


def test_a_refused_key_ends_it_at_once_and_nothing_is_lost(server: JudgeServer, feature: Feature) -> None:
    stock.items(feature, 9)
    server.respond = lambda call: call.send(401, b"who are you?")
    version = world.judge()
    run = run_with(version, feature, concurrency=2)
    assert run.status == JudgeRun.Status.FAILED
    assert "JUDGE_API_KEY" in run.error
    assert len(server.calls) <= 3
    assert (run.committed, run.failed) == (0, 0)
    server.respond = judge_server.agree
    assert run_with(version, feature).answered == 9


def test_a_server_that_says_nothing_ends_it(
    server: JudgeServer, feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(asking, "MAX_IN_A_ROW", 8)
    stock.items(feature, 20)
    server.respond = Call.cut
    run = run_with(world.judge(), feature)
    assert run.status == JudgeRun.Status.FAILED
    assert "the connection was cut" in run.error
    assert len(server.calls) <= 8 + run.concurrency
    assert account(run) == run.committed


def test_too_many_calls_cost_no_try_and_every_call_waits_as_the_server_asked(
    server: JudgeServer, feature: Feature
) -> None:
    stock.items(feature, 2)
    server.respond = lambda call: (
        call.send(429, b"slow", Retry_After="0.6") if call.number == 0 else judge_server.agree(call)
    )
    run = run_with(world.judge(), feature, tries=1, concurrency=1)
    assert (run.answered, run.failed) == (2, 0)
    assert server.arrived[1] - server.arrived[0] >= 0.6
    assert JudgeCall.objects.get(outcome="rate_limited").cost == 0


def test_cancelled_it_keeps_what_is_on_its_way(server: JudgeServer, feature: Feature) -> None:
    stock.items(feature, 12)
    run = world.asked(world.judge(), feature, concurrency=3)
    is_cancelled = threading.Event()

    def respond(call: Call) -> None:
        if call.number == 4:
            request.cancel(run=run, actor=audit.FLYWHEEL, now=NOW)
            is_cancelled.set()
        elif call.number > 4:
            assert is_cancelled.wait(PATIENCE)
        judge_server.agree(call)

    server.respond = respond
    run = world.worked(run)
    assert run.status == JudgeRun.Status.CANCELLED
    assert run.answered == len(server.calls) < 12
    with pytest.raises(request.RunEnded):
        request.cancel(run=run, actor=audit.FLYWHEEL, now=NOW)


def test_a_worker_that_was_given_up_for_dead_sends_and_writes_nothing(server: JudgeServer, feature: Feature) -> None:
    stock.items(feature, 1)
    run = world.asked(world.judge(), feature)
    JudgeRun.objects.filter(pk=run.pk).update(status="running", attempt=2, items_total=1)
    run.refresh_from_db()
    ask = JudgeAsk.objects.create(run=run, item=Item.objects.get())
    with pytest.raises(Superseded):
        ledger.reserve(run, 1, ask, most=Decimal(1), now=NOW)
    call = ledger.reserve(run, 2, ask, most=Decimal(1), now=NOW)
    assert call
    with pytest.raises(Superseded):
        ledger.settle(run, 1, call, ledger.Result(outcome="server_error", text="late"), now=NOW)
    assert not JudgeCallContent.objects.exists()
    assert ledger.reserve(run, 2, ask, most=Decimal("9.5"), now=NOW) is None


def test_a_process_that_stood_still_before_it_sent_does_not_send(
    server: JudgeServer, feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock.items(feature, 1)
    monkeypatch.setattr(asking, "STALLED_SECONDS", -1.0)
    run = run_with(world.judge(), feature, tries=1)
    assert (run.failed, run.committed, server.calls) == (1, 0, [])


def test_what_is_erased_meanwhile_leaves_no_word(server: JudgeServer, feature: Feature) -> None:
    """Erased while its answer is on the way, and after what came back was no answer."""
    names = [one.interaction.external_id for one in stock.items(feature, 3)]

    def respond(call: Call) -> None:
        if call.number == 1:
            erasures.erase(feature, interaction_id=asked_for[1], now=timezone.now())
        call.answer(f"no answer: {names}" if call.number == 0 else {"reason": "verified", "confidence": 1})

    server.respond = respond
    run = world.asked(world.judge(), feature, concurrency=1, tries=1)
    items = chosen.first(version=run.version, feature=feature, choice=Choice(), most=3)
    asked_for = [item.interaction.external_id for item in items]
    run = world.worked(run)
    assert (run.answered, run.failed, run.skipped) == (1, 1, 1)
    assert outcomes(run) == {"unparsed": 1, "dropped": 1, "answered": 1}
    with pytest.raises(DatabaseError, match="only erasure does"), transaction.atomic():
        JudgeCallContent.objects.all().delete()
    erasures.erase(feature, interaction_id=asked_for[0], now=timezone.now())
    assert not JudgeCallContent.objects.exists()
    assert JudgeCall.objects.count() == 3


def test_what_somebody_labels_as_this_version_meanwhile_is_not_asked_again(
    server: JudgeServer, feature: Feature
) -> None:
    items = stock.items(feature, 3)
    version = world.judge()
    run = world.asked(version, feature)
    JudgeAsk.objects.bulk_create(JudgeAsk(run=run, item=item) for item in items)
    JudgeRun.objects.filter(pk=run.pk).update(items_total=3, selected_at=NOW)
    Interaction.objects.filter(pk=items[0].interaction_id).update(erased_at=NOW)
    other = Label.objects.create(
        item=items[1],
        rater=version.rater,
        taxonomy_version=version.taxonomy_version,
        reason=version.taxonomy_version.reasons.filter(signal_kind="accepted")[0],
        labeled_at=NOW,
        received_at=NOW,
        submission_id=uuid4(),
    )
    run = world.worked(run)
    assert (run.answered, run.skipped, len(server.calls)) == (1, 2, 1)
    assert list(Label.objects.filter(item=items[1])) == [other]
