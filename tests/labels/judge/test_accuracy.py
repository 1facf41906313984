"""How right a judge is: against what people decided, with an interval, and not under thirty items."""

from __future__ import annotations

from uuid import uuid4

import pytest

from annotation.consensus import resolve
from annotation.labels import imported
from annotation.labels.judge import accuracy
from annotation.models import ConsensusRevision, Feature, Item, JudgeVersion, Label, Reason
from annotation.web import charts
from annotation.web.judges import words
from tests import stock
from tests.cast import NOW
from tests.labels import world as people
from tests.labels.judge import world

pytestmark = pytest.mark.django_db


def says(version: JudgeVersion, item: Item, code: str) -> None:
    reason = Reason.objects.get(taxonomy_version=version.taxonomy_version, signal_kind=item.signal_kind, code=code)
    said = imported.Said(item=item, reason=reason, confidence=0.9, explanation="", evidence_version=1)
    assert all(imported.say(rater=version.rater, said=[said], now=NOW))


def test_shares_and_mix_ups_over_what_people_decided_without_having_seen_a_suggestion(feature: Feature) -> None:
    version = world.judge()
    items = stock.items(feature, 36)
    for place, item in enumerate(items):
        # Of the first 30, 24 the same; four of another outcome, two of another reason with the same outcome.
        says(version, item, "verified" if place < 24 else "unread" if place < 28 else "adequate")
        if place < 30:
            people.label(item, "verified", by=1)
    found = accuracy.of([version])[version.pk]
    assert (found.labeled, found.compared, found.missing) == (36, 30, 0)
    assert found.reasons
    assert found.outcomes
    assert (found.reasons.hits, found.outcomes.hits) == (24, 26)
    # Wilson's interval of 24 of 30.
    assert (found.reasons.percent, found.reasons.low_percent, found.reasons.high_percent) == (80, 63, 90)
    mixed = accuracy.mix_ups(version, limit=5)
    assert [(one.signal_kind, one.count) for one in mixed] == [("accepted", 4), ("accepted", 2)]
    line = words.line(version, found)
    assert "80 times in 100 (likely 63 to 90)" in line.sentence
    assert line.drawn
    assert (line.drawn.x, line.drawn.mark + charts.MARK // 2) == (627, 800)


def test_what_was_decided_with_its_help_is_no_proof(feature: Feature) -> None:
    version = world.judge()
    items = stock.items(feature, 30)
    for item in items:
        says(version, item, "verified")
        people.label(item, "verified", by=1)
    assert accuracy.of([version])[version.pk].compared == 30
    helped = stock.items(feature, 1)[0]
    says(version, helped, "verified")
    seen = Label.objects.create(
        item=helped,
        rater=stock.rater(),
        taxonomy_version=version.taxonomy_version,
        reason=Label.objects.filter(item=items[0])[0].reason,
        labeled_at=NOW,
        received_at=NOW,
        submission_id=uuid4(),
        suggestion_seen=True,
    )
    resolve.item(item=helped, version=version.taxonomy_version, now=NOW)
    assert ConsensusRevision.objects.get(item=helped).label_ids == [seen.pk]
    found = accuracy.of([version])[version.pk]
    assert (found.labeled, found.compared) == (31, 30)


def test_under_thirty_it_is_not_said(feature: Feature) -> None:
    version = world.judge()
    assert "answered nothing yet" in words.line(version, accuracy.of([version])[version.pk]).sentence
    for item in stock.items(feature, 29):
        says(version, item, "verified")
        people.label(item, "verified", by=1)
    found = accuracy.of([version])[version.pk]
    assert (found.compared, found.reasons, found.missing) == (29, None, 1)
    assert "1 more would do" in words.line(version, found).sentence
