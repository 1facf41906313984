"""What an admin decides about a person's labels: kept, audited, reversible, and decided anew where it counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from annotation import audit
from annotation.labels.quality import job, ladder
from annotation.models import AuditEvent, Feature, Item, Label, Rater, Redecision, User
from tests import cast, crowd, stock
from tests.cast import NOW
from tests.labels import world

LATER = NOW + timedelta(days=3)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def decide(
    standing: str, *, since: datetime = NOW, before: str = "", by: User | None = None, number: int = 1
) -> Redecision | None:
    return ladder.decide(
        rater=stock.rater(number), standing=standing, since=since, before=before, actor=audit.Actor(user=by), now=LATER
    )


def rater() -> Rater:
    return Rater.objects.get(pk=stock.rater().pk)


def test_each_step_is_kept_with_its_day_audited_and_taken_back(drafts: Feature) -> None:
    ada = cast.person("ada", roles=["admin"])
    decide("told", by=ada)
    decide("quarantined", before="told", by=ada)
    assert (rater().standing, rater().standing_from) == ("quarantined", NOW)
    decide("", before="quarantined", by=ada)
    assert (rater().standing, rater().standing_from) == ("", None)
    events = AuditEvent.objects.filter(verb="rater.standing").order_by("pk")
    assert [(one.user, one.data["before"], one.data["standing"]) for one in events] == [
        (ada, "", "told"),
        (ada, "told", "quarantined"),
        (ada, "quarantined", ""),
    ]


def test_deciding_the_same_twice_changes_nothing_and_a_stale_page_is_refused(drafts: Feature) -> None:
    decide("told")
    assert decide("told") is None
    assert AuditEvent.objects.filter(verb="rater.standing").count() == 1
    with pytest.raises(ladder.DecidedMeanwhile, match="somebody has decided about person1"):
        decide("quarantined")


@pytest.mark.parametrize(
    ("standing", "since", "refusal"),
    [("banned", NOW, ladder.UnknownStanding), ("told", LATER + timedelta(seconds=1), ladder.NotYet)],
)
def test_what_can_not_be_is_refused(drafts: Feature, standing: str, since: datetime, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        decide(standing, since=since)


def test_only_people_are_told(drafts: Feature) -> None:
    rule = Rater.objects.create(kind=Rater.Kind.RULE, name="long-answers")
    with pytest.raises(ladder.NotAPerson, match="long-answers is no person"):
        ladder.decide(rater=rule, standing="told", since=NOW, before="", actor=audit.FLYWHEEL, now=LATER)


def test_what_a_decision_would_touch_is_counted_before_it_is_made(drafts: Feature) -> None:
    world.label(stock.items(drafts, 1)[0], "verified", by=1)
    world.overlapping(drafts, "verified", "verified")
    world.overlapping(drafts, "verified", by=(2,))
    found = ladder.effect(rater=stock.rater(1), since=NOW)
    assert (found.labels, found.items, found.decided, found.exported) == (2, 2, 1, 0)
    assert ladder.effect(rater=stock.rater(1), since=LATER).labels == 0


@pytest.mark.django_db(transaction=True)
def test_a_step_that_counts_labels_otherwise_decides_their_items_anew() -> None:
    """What was put aside decides nothing: each item asks for somebody else."""
    items = crowd.labeled(stock.feature(), [("verified",)] * 3)
    made = decide("quarantined", since=NOW)
    assert made is not None
    assert (made.items_total, made.since) == (3, NOW)
    job.run(redecision_id=made.pk, by="here", clock=lambda: LATER)
    made.refresh_from_db()
    assert (made.status, made.items_done, made.finished_at) == ("done", 3, LATER)
    assert _asking_again(items) == sorted(items, key=lambda item: item.pk)
    assert Label.objects.filter(superseded_at=None).count() == 3
    assert ladder.running(stock.rater()) is None
    back = decide("", before="quarantined")
    assert back is not None
    assert back.since == NOW


def test_to_tell_somebody_decides_nothing_anew(drafts: Feature) -> None:
    world.overlapping(drafts, "verified")
    assert decide("told") is None
    assert Redecision.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_died_goes_on_after_the_last_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    items = sorted(crowd.labeled(stock.feature(), [("verified",)] * 4), key=lambda item: item.pk)
    monkeypatch.setattr(job, "BATCH", 2)
    made = decide("quarantined")
    assert made is not None
    Redecision.objects.filter(pk=made.pk).update(
        status="running", attempt=1, last_item=items[1].pk, items_done=2, heartbeat_at=NOW, started_at=NOW
    )
    job.run(redecision_id=made.pk, by="another", clock=lambda: LATER)
    made.refresh_from_db()
    assert (made.status, made.attempt, made.items_done, made.last_item) == ("done", 2, 4, items[3].pk)
    assert _asking_again(items) == items[2:]


def _asking_again(items: list[Item]) -> list[Item]:
    """Those that one person more is asked about: the job has been there."""
    return list(Item.objects.filter(pk__in=[item.pk for item in items], needed=2).order_by("pk"))
