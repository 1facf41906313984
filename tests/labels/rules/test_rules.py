"""A rule is written, tried on past items, switched on, labels what is new, and is measured against people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from annotation import audit, erasure
from annotation.labels import imported, raters
from annotation.labels.rules import accuracy, cases, labeling, sweep, switch, trial, writing
from annotation.labels.rules import trial as trials
from annotation.lib import conditions
from annotation.models import (
    AuditEvent,
    ConsensusRevision,
    Feature,
    Interaction,
    InteractionContent,
    Item,
    Label,
    Queue,
    Rater,
    RuleVersion,
)
from tests import cast, stock
from tests.cast import NOW
from tests.labels import world as people
from tests.labels.rules import world
from tests.labels.rules.world import BY
from tests.taxonomy import world as taxonomies

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def labeled_by(version: RuleVersion) -> list[int]:
    return list(Label.objects.filter(rater=version.rater).order_by("item").values_list("item", flat=True))


def test_a_rule_is_tried_switched_on_and_labels_what_is_new(drafts: Feature) -> None:
    fast, slow, *others = world.items(drafts, 900, 9000, 1200, 1500, 800)
    for item, reason in zip((fast, slow, *others[:2]), ("unread", "verified", "unread", "verified"), strict=True):
        people.label(item, reason, by=1)
    version = world.written(drafts, confidence=0.8)
    with pytest.raises(switch.NotTried):
        switch.on(version=version, **BY)

    tried = trial.run(version=version, **BY)

    assert (tried.looked_at, tried.would_label, tried.judged, tried.agreed) == (5, 4, 3, 2)
    assert (tried.said, tried.found) == (2, 2)
    assert (tried.differing, set(tried.agreeing), tried.undecided) == (
        [others[1].pk],
        {fast.pk, others[0].pk},
        [others[2].pk],
    )
    assert (tried.right.low_percent, tried.right.percent, tried.right.high_percent) == (21, 67, 94)
    version.refresh_from_db()
    assert trials.last(version) == tried
    assert not Label.objects.filter(rater=version.rater).exists()

    rule = world.on(version)
    new = world.items(drafts, 500, 5000, 700, now=NOW + timedelta(minutes=1))
    assert sweep.new_items(now=NOW + timedelta(minutes=2)) == 0  # its evidence may still come
    assert sweep.new_items(now=LATER) == 3
    assert sweep.new_items(now=LATER) == 0
    assert labeled_by(version) == [new[0].pk, new[2].pk]
    label = Label.objects.filter(rater=version.rater).first()
    assert label is not None
    assert (label.reason.code, label.confidence, label.received_at) == ("unread", 0.8, LATER)
    assert (label.rater.kind, raters.shown(label.rater)) == ("rule", "drafts/too-fast v1")
    # It decides nothing.
    assert not ConsensusRevision.objects.filter(item__in=new).exists()
    new[0].refresh_from_db()
    assert (new[0].status, new[0].taken) == ("open", [])

    switch.off(rule=rule, **BY)
    world.items(drafts, 100, now=LATER)
    assert sweep.new_items(now=LATER + timedelta(hours=1)) == 0
    verbs = AuditEvent.objects.filter(target_type="rule").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["rule.written", "rule.tried", "rule.tried", "rule.switched_on", "rule.switched_off"]


def test_new_items_are_passed_over_by_no_watermark(drafts: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "BATCH", 3)
    version = world.written(drafts)
    rule = world.on(version)
    at_once = world.items(drafts, *[100] * 7, now=NOW + timedelta(minutes=1))
    assert [sweep.new_items(now=LATER) for _ in range(4)] == [3, 3, 1, 0]
    # One with a lower time than the last looked at can't come any more: who stores it read the clock two minutes ago.
    later = world.items(drafts, 100, now=NOW + timedelta(minutes=1, seconds=1))
    assert sweep.new_items(now=LATER) == 1
    assert labeled_by(version) == [one.pk for one in [*at_once, *later]]
    rule.refresh_from_db()
    assert (rule.seen_at, rule.seen_item) == (NOW + timedelta(minutes=1, seconds=1), later[0].pk)


def test_how_often_it_is_right_is_told_of_what_came_since_and_nobody_was_led_to(drafts: Feature) -> None:
    (past,) = world.items(drafts, 100)
    version = world.written(drafts)
    world.on(version, now=NOW + timedelta(seconds=1))
    labeling.label(version=version, item_ids=[past.pk], now=NOW)
    people.label(past, "verified", by=1)
    new = world.items(drafts, *[100] * 5, now=NOW + timedelta(minutes=1))
    sweep.new_items(now=LATER)
    for item, reason in zip(new[:3], ("unread", "unread", "verified"), strict=True):
        people.label(item, reason, by=1, now=LATER)
    people.label(new[3], "unread", by=1, now=LATER, suggestion_seen=True)
    told = accuracy.of([version])[version.pk]
    assert (told.labeled, told.right.hits, told.right.n, told.suggested) == (5, 2, 3, 1)
    assert not told.is_enough


def test_a_version_is_frozen_and_a_change_is_the_next_one(drafts: Feature) -> None:
    first = world.written(drafts)
    with pytest.raises(writing.RuleTaken):
        world.written(drafts)
    slow = {"all": [{"field": "details.dwell_ms", "comparison": "at_most", "value": 500}]}
    assert writing.revise(rule=first.rule, spec=world.spec(), **BY) == first
    second = writing.revise(rule=first.rule, spec=world.spec(slow), **BY)
    assert (second.number, second.rater_id == first.rater_id) == (2, False)
    for change in ({"condition": slow}, {"confidence": 0.5}, {"number": 3}):
        with pytest.raises(DatabaseError), transaction.atomic():
            RuleVersion.objects.filter(pk=first.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        first.delete()
    world.items(drafts, 900)
    world.on(first)
    world.on(second)
    world.items(drafts, 900, now=NOW + timedelta(seconds=1))
    assert sweep.new_items(now=LATER) == 1
    assert (labeled_by(first), labeled_by(second)) == ([], [])
    assert cases.items_of(second).count() == 2


def test_a_rule_reads_its_own_feature_and_nobody_s_name(drafts: Feature) -> None:
    """Neither the columns nor the texts of who the user is, or of another feature, are ever loaded for it."""
    other = cast.feature("support-chat")
    secret = b"0123456789abcdef"
    (mine,) = world.items(drafts, 100)
    (theirs,) = world.items(other, 100)
    for item, tenant in ((mine, "mine"), (theirs, "theirs")):
        InteractionContent.objects.filter(pk=item.interaction_id).update(metadata={"tenant": tenant})
        Interaction.objects.filter(pk=item.interaction_id).update(user_hash=secret, conversation_id="secret-c")
    condition = {"any": [{"field": "metadata.tenant", "comparison": "contains", "value": "e"}]}
    version = world.written(drafts, condition=condition)
    assert trials.of(version).looked_at == 1
    labeling.label(version=version, item_ids=list(cases.items_of(version).values_list("pk", flat=True)), now=NOW)
    assert labeled_by(version) == [mine.pk]
    every_field = [*conditions.FIXED, "metadata.tenant", *(f"evidence.{code}" for code in conditions.EVIDENCE)]
    ((_, case),) = cases.of([mine.pk], fields=every_field)
    held = repr(case)
    assert "mine" in held
    for hidden in ("theirs", repr(secret), "secret-c", secret.hex(), "gen_"):
        assert hidden not in held


def test_a_rule_whose_taxonomy_version_nobody_asks_by_rests(drafts: Feature) -> None:
    version = world.written(drafts)
    rule = world.on(version)
    draft = taxonomies.draft()
    taxonomies.changed(taxonomies.reason(draft, "verified"), title="Checked")
    taxonomies.published(draft)
    world.items(drafts, 100, now=NOW + timedelta(minutes=1))
    assert cases.rests(version)
    assert sweep.new_items(now=LATER) == 0
    with pytest.raises(switch.Rests, match="version 1"):
        switch.on(version=version, **BY)
    newer = writing.revise(rule=rule, spec=world.spec(), **BY)
    world.on(newer)
    # A queue that is bound to the version before asks by it on.
    Queue.objects.filter(feature=drafts).update(taxonomy_version=version.reason.taxonomy_version)
    assert not cases.rests(version)


def test_what_was_erased_or_labeled_is_not_labeled(drafts: Feature) -> None:
    gone, kept = world.items(drafts, 100, 100)
    version = world.written(drafts)
    world.on(version)
    name = Interaction.objects.get(pk=gone.interaction_id).external_id
    subject = erasure.interaction(feature=drafts, interaction_id=name)
    erasure.erase(subject=subject, actor=audit.FLYWHEEL, clock=lambda: NOW)
    ids = [gone.pk, kept.pk]
    assert [labeling.label(version=version, item_ids=ids, now=NOW) for _ in range(2)] == [1, 0]
    assert labeled_by(version) == [kept.pk]


def test_nobody_else_can_speak_for_a_rule(drafts: Feature) -> None:
    world.items(drafts, 100)
    version = world.written(drafts)

    def send(name: str) -> Any:
        sent: dict[str, Any] = {"feature": drafts, "interaction_id": "gen_000000", "signal_kind": "accepted"}
        sent |= {"source": "rule", "source_name": name, "reason": "verified"}
        return next(iter(imported.store(labels=[imported.Sent(**sent)], now=NOW)))

    assert isinstance(send(version.rater.name), imported.NotYourRater)
    assert isinstance(send("drafts/too-fast v1"), Label)
    assert labeled_by(version) == []
    assert Rater.objects.filter(kind="rule").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_person_meet_at_the_same_items_and_none_is_labeled_twice() -> None:
    drafts = stock.feature()
    version = world.written(drafts)
    world.on(version)
    items = world.items(drafts, *[100] * 40, now=NOW + timedelta(seconds=1))

    def work(number: int) -> int:
        if number < 3:
            return sweep.new_items(now=LATER) + labeling.label(
                version=version, item_ids=[one.pk for one in items], now=LATER
            )
        people.label(items[number], "verified", by=number, now=LATER)
        return 0

    stock.together(6, work, list(range(6)))
    assert labeled_by(version) == [one.pk for one in items]
    assert Label.objects.filter(superseded_at=None).count() == 43
    assert Item.objects.filter(status="resolved").count() == 3
