"""What a feature no longer keeps leaves, what anybody took stays, and the figures stay as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from annotation import backlog, validity
from annotation.ingest import retention, settle, store
from annotation.labels import imported, submit
from annotation.models import (
    DelayedSignal,
    Evidence,
    EvidenceDue,
    Feature,
    Interaction,
    InteractionContent,
    Item,
    RetentionCount,
    Signal,
    SignalContent,
    Term,
)
from annotation.queues import cohorts, lease
from tests import stock, worlds
from tests.cast import NOW
from tests.exports import world
from tests.ingest.sent import interaction, later, signal
from tests.labels.judge import world as judges

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = 30
CLOSED = NOW + timedelta(days=15)
"""By then the cohorts of the first day have closed."""
THEN = NOW + timedelta(days=DAYS + 1)


@pytest.fixture(autouse=True)
def keeps(feature: Feature) -> None:
    Feature.objects.filter(pk=feature.pk).update(retention_days=DAYS)
    feature.refresh_from_db()
    stock.queue(feature)


def send(*records: dict[str, Any], at: Any = NOW) -> Any:
    return store.interactions(records=list(enumerate(records)), now=at)


def close() -> None:
    while settle.settle(now=CLOSED):
        pass
    cohorts.close_due(now=CLOSED + timedelta(days=20))
    validity.write_terms(now=CLOSED + timedelta(days=20))


def left() -> set[str]:
    return set(Interaction.objects.values_list("external_id", flat=True))


def item(name: str) -> Item:
    return Item.objects.select_related("queue").get(interaction__external_id=name)


def taken(feature: Feature) -> int:
    return retention.take(feature=feature, now=THEN)


def accepted(name: str, **changes: Any) -> dict[str, Any]:
    return interaction(name, signals=[signal("accepted", details={"dwell_ms": 900})], **changes)


def test_what_nobody_took_leaves_with_all_that_hangs_on_it(feature: Feature) -> None:
    send(accepted("gen_1"), interaction("gen_2", signals=[signal("copied"), signal("unheard_of")]))
    close()
    first = Signal.objects.filter(interaction__external_id="gen_1").get()
    Evidence.objects.create(signal=first, version=2, facts=[], computed_at=NOW)
    assert set(Item.objects.values_list("status", flat=True)) == {"reserve"}
    assert taken(feature) == 2
    for table in (Interaction, InteractionContent, Signal, SignalContent, Item, Evidence, EvidenceDue):
        assert not table.objects.exists(), table
    assert taken(feature) == 0


def test_what_is_young_enough_stays_and_a_feature_without_limit_keeps_all(feature: Feature) -> None:
    send(accepted("gen_1"))
    close()
    assert retention.take(feature=feature, now=NOW + timedelta(days=DAYS)) == 0
    Feature.objects.update(retention_days=None)
    assert retention.apply(now=THEN) == 0
    assert left() == {"gen_1"}


def _labeled(found: Item) -> None:
    lease.take_chosen(rater=stock.rater(), item=found, now=NOW)
    world.label(found, "verified")


def _judged(found: Item) -> None:
    sent = imported.Sent(
        feature=found.feature,
        interaction_id=found.interaction.external_id,
        signal_kind="accepted",
        source="judge",
        source_name="judge-1",
        reason="verified",
    )
    list(imported.store(labels=[sent], now=NOW))


def _skipped(found: Item) -> None:
    lease.take_chosen(rater=stock.rater(), item=found, now=NOW)
    submit.skip(rater=stock.rater(), item=found, reason="language", submission_id=uuid4(), now=NOW)


def _flagged(found: Item) -> None:
    lease.take_chosen(rater=stock.rater(), item=found, now=NOW)
    submit.flag(rater=stock.rater(), item=found, reason="other", comment="x", submission_id=uuid4(), now=NOW)


def _shown(found: Item) -> None:
    lease.take_chosen(rater=stock.rater(), item=found, now=NOW)
    lease.release(rater=stock.rater(), item=found)


def _gold(found: Item) -> None:
    Item.objects.create(
        public_id="gold",
        feature=found.feature,
        queue=found.queue,
        interaction=found.interaction,
        signal=found.signal,
        signal_kind="accepted",
        purpose=Item.Purpose.GOLD,
        status=Item.Status.WITHDRAWN,
        queued_at=NOW,
    )


def _asked_about(found: Item) -> None:
    judges.failed(found.signal, text="no answer")


TOUCHES: list[Callable[[Item], None]] = [_labeled, _judged, _asked_about, _skipped, _flagged, _shown, _gold]


@pytest.mark.parametrize("touch", TOUCHES)
def test_what_anybody_took_stays(feature: Feature, touch: Callable[[Item], None]) -> None:
    send(accepted("gen_1"), accepted("gen_2"))
    touch(item("gen_1"))
    close()
    assert taken(feature) == 1
    assert left() == {"gen_1"}


def test_a_leased_reserve_item_stays(feature: Feature) -> None:
    send(accepted("gen_1"))
    close()
    lease.take_chosen(rater=stock.rater(), item=item("gen_1"), now=THEN)
    assert taken(feature) == 0


def test_what_was_withdrawn_from_inside_the_sample_stays(feature: Feature) -> None:
    """It is known to be of the sample, and counts in what is estimated from it."""
    send(*[accepted(f"gen_{number}") for number in range(4)])
    first, second, third, fourth = Item.objects.order_by("key")
    Item.objects.filter(pk__in=[first.pk, fourth.pk]).update(status=Item.Status.WITHDRAWN)
    _labeled(second)
    close()
    assert taken(feature) == 2
    assert set(Item.objects.values_list("pk", flat=True)) == {first.pk, second.pk}
    assert third.pk


def test_an_open_cohort_and_what_has_not_settled_stay(feature: Feature) -> None:
    send(accepted("gen_1"), interaction("gen_2"))
    assert taken(feature) == 0
    assert left() == {"gen_1", "gen_2"}
    close()
    assert taken(feature) == 2


def test_a_signal_that_still_becomes_an_item_keeps_its_interaction(feature: Feature) -> None:
    stock.queue(feature, delay_hours=24 * 90)
    send(accepted("gen_1"))
    close()
    assert DelayedSignal.objects.exists()
    assert taken(feature) == 0


def test_what_is_kept_for_evaluation_stays(feature: Feature) -> None:
    send(accepted("gen_1"), accepted("gen_2"))
    Interaction.objects.filter(external_id="gen_1").update(is_evaluation=True)
    close()
    assert taken(feature) == 1
    assert left() == {"gen_1"}


def test_the_conversation_of_what_was_taken_stays_whole(feature: Feature) -> None:
    send(
        *[accepted(f"a{turn}", conversation_id="a", occurred_at=f"2026-03-02T07:0{turn}:00Z") for turn in range(3)],
        *[accepted(f"b{turn}", conversation_id="b", occurred_at=f"2026-03-02T07:0{turn}:00Z") for turn in range(3)],
    )
    _labeled(item("a1"))
    close()
    assert taken(feature) == 3
    assert left() == {"a0", "a1", "a2"}


def test_a_conversation_that_goes_on_stays_whole_until_its_last_turn_is_old(feature: Feature) -> None:
    send(accepted("a0", conversation_id="a"))
    send(accepted("a1", conversation_id="a", occurred_at=CLOSED.isoformat()), at=CLOSED)
    while settle.settle(now=THEN):
        pass
    cohorts.close_due(now=THEN)
    validity.write_terms(now=THEN)
    assert taken(feature) == 0
    late = CLOSED + timedelta(days=DAYS + 1)
    assert retention.take(feature=feature, now=late) == 2


def test_what_nobody_took_counts_in_rates_before_it_leaves(feature: Feature) -> None:
    send(*(accepted(f"gen_{number}") for number in range(4)))
    first, second, *_untaken = Item.objects.order_by("key")
    _labeled(first)
    _labeled(second)
    while settle.settle(now=CLOSED):
        pass
    cohorts.close_due(now=CLOSED)
    assert taken(feature) == 0
    validity.write_terms(now=CLOSED)
    assert taken(feature) == 2
    assert Term.objects.count() == 4


@pytest.mark.parametrize("kept", ["old", "new"])
def test_the_answer_made_instead_of_one_that_was_taken_stays(feature: Feature, kept: str) -> None:
    send(accepted("old"), accepted("new", replaces="old"), accepted("other"))
    _labeled(item(kept))
    close()
    assert taken(feature) == 1
    assert left() == {"old", "new"}


def test_the_first_answer_of_a_deployment_stays_and_with_it_the_closed_loops(feature: Feature) -> None:
    worlds.turn(feature)
    worlds.answer(feature, on=6)
    before = worlds.funnel(feature, now=THEN)
    assert before.closed == 1
    far = NOW + timedelta(days=100)
    assert retention.take(feature=feature, now=far) == 1
    assert worlds.funnel(feature, now=THEN).closed == 1


def test_a_late_signal_that_nobody_took_keeps_nothing(feature: Feature) -> None:
    send(accepted("gen_1"))
    close()
    store.signals(records=[(0, later("gen_1", "copied"))], now=CLOSED)
    assert Item.objects.filter(purpose="backfill", status="open").count() == 1
    assert taken(feature) == 1
    assert RetentionCount.objects.get(signal_kind="copied").cohort is None


def test_the_counts_say_what_there_was(feature: Feature) -> None:
    send(
        accepted("a0", conversation_id="a"),
        accepted("a1", conversation_id="a", occurred_at="2026-03-02T08:30:00Z"),
        interaction(
            "b", model_version="drafts-8", signals=[signal("copied"), signal("unheard_of"), signal("copied", id="2")]
        ),
        interaction("c", occurred_at="2026-03-01T08:00:00Z", signals=[signal("unheard_of")]),
    )
    close()
    assert taken(feature) == 4
    said = [
        (
            one.day.day,
            one.model_version,
            one.is_first,
            one.signal_kind,
            one.cohort.day.day if one.cohort else None,
            one.queued_on.day if one.queued_on else None,
            (one.interactions, one.queued, one.signals, one.items),
        )
        for one in RetentionCount.objects.order_by("day", "model_version", "is_first", "signal_kind")
    ]
    assert said == [
        (1, "drafts-7", True, "no_signal", 17, 17, (1, 0, 1, 1)),
        (1, "drafts-7", True, "unheard_of", None, None, (1, 0, 1, 0)),
        (1, "drafts-7", True, None, None, None, (1, 1, 0, 0)),
        (2, "drafts-7", False, "accepted", 2, 2, (1, 0, 1, 1)),
        (2, "drafts-7", False, None, None, None, (1, 1, 0, 0)),
        (2, "drafts-7", True, "accepted", 2, 2, (1, 0, 1, 1)),
        (2, "drafts-7", True, None, None, None, (1, 1, 0, 0)),
        (2, "drafts-8", True, "copied", 2, 2, (1, 0, 2, 2)),
        (2, "drafts-8", True, "unheard_of", None, None, (1, 0, 1, 0)),
        (2, "drafts-8", True, None, None, None, (1, 1, 0, 0)),
    ]


def test_counts_add_up_over_several_passes(feature: Feature) -> None:
    send(*[accepted(f"gen_{number}") for number in range(10)])
    close()
    assert retention.take(feature=feature, now=THEN, window=3) == 10
    total = RetentionCount.objects.get(signal_kind=None)
    assert (total.interactions, total.queued) == (10, 10)
    assert RetentionCount.objects.get(signal_kind="accepted").items == 10


def test_the_funnel_and_the_arrivals_stay_as_they_were(feature: Feature) -> None:
    send(*[accepted(f"gen_{number}") for number in range(6)], interaction("silent", signals=[signal("unheard_of")]))
    Interaction.objects.filter(external_id="silent").update(settle_at=None)
    _labeled(item("gen_1"))
    close()
    at = NOW + timedelta(days=20)
    funnel = worlds.funnel(feature, now=THEN)
    days = backlog.summary(features=[feature], now=at).days
    assert taken(feature) == 6
    after = worlds.funnel(feature, now=THEN)
    assert [(stage.stage, stage.reached) for stage in after.stages] == [
        (stage.stage, stage.reached) for stage in funnel.stages
    ]
    assert (after.total, after.mature, after.closed_in_time) == (7, 7, funnel.closed_in_time)
    assert backlog.summary(features=[feature], now=at).days == days
    assert sum(day.arrived for day in days) == 6
    # It waited to be queued, and can't any more.
    assert (funnel.stages[1].waiting, after.stages[1].waiting, after.stages[1].ended) == (1, 0, 1)
    assert after.stages[2] == funnel.stages[2]


def test_the_dry_run_says_what_would_go_and_takes_nothing(feature: Feature) -> None:
    send(*[accepted(f"gen_{number}") for number in range(4)])
    _labeled(item("gen_1"))
    close()
    counts = retention.would_take(feature=feature, days=DAYS, now=THEN)
    assert counts == retention.Counts(old=4, interactions=3, signals=3, items=3)
    assert counts.staying == 1
    assert retention.would_take(feature=feature, days=90, now=THEN).old == 0
    assert len(left()) == 4
    assert taken(feature) == 3


def test_of_very_many_a_random_share_is_looked_at(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    send(*[accepted(f"gen_{number}") for number in range(400)])
    close()
    monkeypatch.setattr(retention, "COUNTED", 200)
    counts = retention.would_take(feature=feature, days=DAYS, now=THEN)
    assert (counts.old, counts.is_estimate) == (400, True)
    # The ids are the same in each run, and so are their numbers.
    assert 340 <= counts.interactions <= 460


def test_a_count_that_takes_too_long_is_refused_in_words(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "WOULD_TAKE", "SELECT pg_sleep(5)::text, 0, 0")
    monkeypatch.setattr(retention, "COUNT_SECONDS", 1)
    with pytest.raises(retention.TooMuchToCount, match="within 1 seconds"):
        retention.would_take(feature=feature, days=1, now=THEN)


def test_what_left_is_refused_when_it_is_sent_again_and_what_is_here_is_a_duplicate(feature: Feature) -> None:
    send(accepted("gen_1"), accepted("gen_2"))
    _labeled(item("gen_2"))
    close()
    assert taken(feature) == 1
    again = send(accepted("gen_1"), accepted("gen_2"), at=THEN)
    assert [(one.id, one.code) for one in again.refused] == [("gen_1", "too_old")]
    assert again.duplicates == 1
    assert "keeps no older ones" in again.refused[0].message


def test_who_takes_one_at_that_moment_keeps_it(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the locks, somebody takes a reserve item by its link."""
    send(accepted("gen_1"), accepted("gen_2"))
    close()
    honest = retention._take

    def take_first(values: dict[str, Any]) -> int:
        lease.take_chosen(rater=stock.rater(), item=item("gen_1"), now=THEN)
        return honest(values)

    monkeypatch.setattr(retention, "_take", take_first)
    assert taken(feature) == 1
    assert left() == {"gen_1"}


def test_several_workers_and_senders_at_once_leave_no_orphan(feature: Feature) -> None:
    send(*[accepted(f"gen_{number}") for number in range(60)])
    close()

    def work(number: int) -> int:
        if number < 2:
            return retention.take(feature=feature, now=THEN, window=10)
        late = [(n, later(f"gen_{n}", "copied", id=f"late-{n}")) for n in range(60)]
        store.signals(records=late, now=THEN)
        return 0

    gone = sum(stock.together(3, work, [0, 1, 2]))
    assert gone + Interaction.objects.count() == 60
    assert RetentionCount.objects.filter(signal_kind=None).get().interactions == gone
    for table, column, parent in (
        ("interactioncontent", "interaction_id", "interaction"),
        ("signal", "interaction_id", "interaction"),
        ("signalcontent", "signal_id", "signal"),
        ("item", "interaction_id", "interaction"),
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM annotation_{table} c"
                f" WHERE NOT EXISTS (SELECT FROM annotation_{parent} p WHERE p.id = c.{column})"
            )
            assert cursor.fetchone() == (0,), table


def test_it_stops_in_time_and_goes_on_later(feature: Feature) -> None:
    send(*[accepted(f"gen_{number}") for number in range(5)])
    close()
    assert retention.apply(now=THEN, seconds=-1) == 0
    assert retention.apply(now=THEN) == 5
