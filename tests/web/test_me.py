"""`/annotate/me/`: what one did and how it met what others said, with figures only where they carry one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.consensus import agreement
from annotation.labels import review
from annotation.models import Feature, User
from tests import stock
from tests.labels import world
from tests.web import pages

ME = "/annotate/me/"


def page_of(user: User) -> str:
    return " ".join(pages.text(pages.sign_in(user).get(ME)).split())


def test_who_has_done_nothing_is_told_what_will_stand_here(annotator: User) -> None:
    page = page_of(annotator)
    for said in (
        "You labeled nothing in 28 days.",
        "none of your items was labeled by somebody else too",
        "none of your items has an answer that is known beforehand",
        "Nothing. Where an adjudicator",
    ):
        assert said in page


def test_today_the_pace_and_each_day_are_told_in_figures(feature: Feature, annotator: User) -> None:
    now = timezone.now()
    for item in stock.items(feature, 6):
        world.label(item, "verified", by=annotator, now=now, duration_ms=12_000)
    page = page_of(annotator)
    assert "<dt>labels today</dt><dd>6</dd>" in page
    assert "<dt>on an item (median)</dt><dd>12 s</dd>" in page
    assert "<dt>on items in 7 days</dt><dd>72 s</dd>" in page
    assert f'<th scope="row">{now:%Y-%m-%d}</th><td class="number">6</td>' in page


def test_agreement_is_a_share_only_where_enough_items_carry_it(
    feature: Feature, annotator: User, annotator2: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    for reason in ("verified", "verified", "unread"):
        world.overlapping(feature, "verified", reason, by=(annotator, annotator2), now=now)
    assert "3 of your items were labeled by somebody else too; a share is said from 30 on." in page_of(annotator)
    monkeypatch.setattr(agreement, "MIN_OVERLAP", 3)
    assert "With others: 67 %</strong> (likely 21\u201394 %), on 3 items" in page_of(annotator)


def test_what_was_settled_otherwise_is_shown_with_the_words_of_who_settled_it(
    feature: Feature, annotator: User, annotator2: User, adjudicator: User
) -> None:
    now = timezone.now()
    item = world.disputed(feature, annotator, annotator2, now=now)
    word = world.answer("unread", comment="Nobody reads that fast.")
    review.settle(rater=world.rater(adjudicator), item=item, answer=word, now=now + timedelta(seconds=1))
    page = page_of(annotator)
    assert "1 item was settled with another reason than yours." in page
    assert "Nobody reads that fast." in page
    assert f"/annotate/history/{item.public_id}/" in page
    assert "<td>Verified</td><td>Unread</td>" in page
    assert "Nobody reads that fast." not in page_of(annotator2)


def test_nobody_else_is_named_or_ranked(feature: Feature, annotator: User, annotator2: User) -> None:
    now = timezone.now()
    for who in (annotator, annotator2):
        for item in stock.items(feature, 2):
            world.label(item, "verified", by=who, now=now)
    page = page_of(annotator)
    assert "Ben" not in page
    assert "Nobody is ranked by it." in page


def test_the_page_asks_no_more_of_the_database_for_more_labels(feature: Feature, annotator: User) -> None:
    client = pages.sign_in(annotator)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(ME)
        return len(asked)

    queries()  # the first visit makes the rater
    few = queries()
    for item in stock.items(feature, 20):
        world.label(item, "verified", by=annotator, now=timezone.now())
    assert queries() == few
