"""What rules and judges suggest is marked at the desk where the queue says so, and is nowhere in the page elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.labels import imported
from annotation.labels.rules import labeling, switch
from annotation.models import Feature, Item, Label, RuleVersion, User
from tests import stock
from tests.cast import NOW
from tests.labels import world as people
from tests.labels.rules import world
from tests.labels.rules.world import BY
from tests.web import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def suggested(feature: Feature) -> tuple[Item, RuleVersion]:
    """An item that a rule and a judge have labeled, and a second one that nobody has."""
    item, _other = world.items(feature, 100, 9000)
    version = world.written(feature, confidence=0.8)
    world.on(version)
    labeling.label(version=version, item_ids=[item.pk], now=NOW)
    sent: dict[str, Any] = {"feature": feature, "interaction_id": item.interaction.external_id}
    sent |= {"signal_kind": "accepted", "source": "judge", "source_name": "judge-3", "reason": "verified"}
    list(imported.store(labels=[imported.Sent(**sent)], now=NOW))
    return item, version


def desk(user: User, item: Item) -> Any:
    return pages.sign_in(user).get(f"{pages.desk(item.feature)}?item={item.public_id}")


def test_they_stand_at_their_reasons_with_who_and_how_sure(
    suggested: tuple[Item, RuleVersion], feature: Feature, annotator: User
) -> None:
    item, version = suggested
    stock.queue(feature, show_suggestions=True)
    answer = desk(annotator, item)
    page = pages.text(answer)
    assert "suggested by email-drafts/too-fast v1, 80 % sure" in page
    assert "suggested by judge-3" in page
    assert "look at the evidence first" in page
    assert "flywheel:" not in page
    chosen = page.split('class="reasons"')[1].split("</fieldset>")[0]
    assert not any(mark in chosen for mark in ("autofocus", "aria-pressed", "your last choice"))
    client = pages.sign_in(annotator)
    client.post(pages.desk(feature, "label"), pages.form(answer, reason="unread"))
    saved = Label.objects.get(rater__user=annotator)
    assert (saved.reason.code, saved.suggestion_seen) == ("unread", True)
    # It was seen, also where the label is changed on a page without suggestions.
    history = client.get(f"/annotate/history/{item.public_id}/?change=1")
    assert "suggested by" not in pages.text(history)
    client.post(f"/annotate/history/{item.public_id}/change/", pages.form(history, reason="verified"))
    assert Label.objects.get(rater__user=annotator, superseded_at=None).suggestion_seen
    switch.off(rule=version.rule, **BY)
    people.label(Item.objects.exclude(pk=item.pk).get(), "verified", by=annotator)


def test_elsewhere_they_are_not_in_the_page_at_all(
    suggested: tuple[Item, RuleVersion], feature: Feature, annotator: User
) -> None:
    item, _ = suggested
    answer = desk(annotator, item)
    page = pages.text(answer)
    for word in ("suggest", "too-fast", "judge-3"):
        assert word not in page.lower()
    pages.sign_in(annotator).post(pages.desk(feature, "label"), pages.form(answer, reason="unread"))
    assert not Label.objects.get(rater__user=annotator).suggestion_seen


def test_where_nothing_is_suggested_nothing_was_seen_and_a_rule_that_is_off_suggests_nothing(
    suggested: tuple[Item, RuleVersion], feature: Feature, annotator: User
) -> None:
    item, version = suggested
    stock.queue(feature, show_suggestions=True)
    other = Item.objects.exclude(pk=item.pk).get()
    assert "suggest" not in pages.text(desk(annotator, other)).lower()
    switch.off(rule=version.rule, **BY)
    page = pages.text(desk(annotator, item))
    assert "too-fast" not in page
    assert "suggested by judge-3" in page
