"""`/review/list/`: everything in review with filters and counts, and each of it one link away."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation import access, audit
from annotation.consensus import agreement
from annotation.models import Feature, Item, User
from annotation.queues import setup
from tests import cast
from tests.cast import NOW
from tests.labels import world
from tests.web import pages

LIST = "/review/list/"


@pytest.fixture
def cleo(adjudicator: User) -> Client:
    return pages.sign_in(adjudicator)


def listed(answer: Any) -> list[str]:
    """The items of the list, in its order."""
    return list(dict.fromkeys(re.findall(r"\?item=(itm_\w+)", pages.text(answer))))


def test_the_oldest_dispute_comes_first_with_what_each_said(feature: Feature, cleo: Client) -> None:
    items = [world.disputed(feature) for _ in range(3)]
    answer = cleo.get(LIST)
    assert listed(answer) == [item.public_id for item in items]
    page = pages.text(answer)
    assert "3 to settle" in page
    assert "person1@example.com" in page
    assert "Unread / Verified (3)" in page


def test_filters_narrow_the_list_and_stay_while_one_works_through_it(
    feature: Feature, adjudicator: User, cleo: Client
) -> None:
    other = cast.feature("support-chat")
    access.give(user=adjudicator, roles=[], features=[other], actor=audit.FLYWHEEL, now=NOW)
    plain, elsewhere = world.disputed(feature), world.disputed(other)
    slips = [world.overlapping(feature, "slip", "unread") for _ in range(2)]
    edited = world.overlapping(feature, "taste", "fact_fix", kind="edited")
    for query, wanted in (
        ("feature=support-chat", [elsewhere]),
        (f"queue={feature.slug}.{setup.DEFAULT_QUEUE}&kind=accepted", [plain, *slips]),
        ("kind=edited", [edited]),
        ("pair=slip~unread", slips),
        ("feature=support-chat&pair=slip~unread", []),
    ):
        assert listed(cleo.get(f"{LIST}?{query}")) == [item.public_id for item in wanted]
    page = cleo.get("/review/?pair=slip~unread")
    assert f'data-item="{slips[0].public_id}"' in pages.text(page)
    sent = pages.form(page, reason="slip")
    after = pages.text(cleo.post("/review/settle/?pair=slip~unread", sent, headers=pages.SCRIPT))
    assert f'data-item="{slips[1].public_id}"' in after
    assert "1 item of your choice is left to settle." in after
    sent = pages.hidden(after, 'id="label"') | {"reason": "slip"}
    assert "Nothing of your choice is left" in pages.text(
        cleo.post("/review/settle/?pair=slip~unread", sent, headers=pages.SCRIPT)
    )


def test_an_item_opens_by_its_link_and_one_that_is_settled_says_so(feature: Feature, cleo: Client) -> None:
    first, second = world.disputed(feature), world.disputed(feature)
    page = cleo.get(f"/review/?item={second.public_id}")
    assert f'data-item="{second.public_id}"' in pages.text(page)
    cleo.post("/review/settle/", pages.form(page, reason="unread"))
    gone = pages.text(cleo.get(f"/review/?item={second.public_id}"))
    assert "it is settled as <strong>Unread</strong>" in gone
    assert cleo.get("/review/?item=itm_nowhere").status_code == 404
    assert listed(cleo.get(LIST)) == [first.public_id]


def test_what_waits_for_an_answer_is_listed_apart_and_can_be_settled_by_link(feature: Feature, cleo: Client) -> None:
    item = world.disputed(feature)
    world.sent_back(item, now=timezone.now() - timedelta(hours=2))
    assert listed(cleo.get(LIST)) == []
    asked = cleo.get(f"{LIST}?asked")
    assert listed(asked) == [item.public_id]
    assert "1 waits for an answer" in pages.text(asked)
    page = cleo.get(f"/review/?item={item.public_id}")
    assert "It waits for an annotator's answer." in pages.text(page)
    assert "Settled: Unread." in pages.text(
        cleo.post("/review/settle/", pages.form(page, reason="unread"), headers=pages.SCRIPT)
    )


def test_second_looks_are_told_as_a_share_from_enough_of_them_on(
    feature: Feature, cleo: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No signal was labeled a second time yet." in pages.text(cleo.get(LIST))
    for second in ("verified", "verified", "unread"):
        world.second_look(feature, "verified", second)
    page = pages.text(cleo.get(LIST))
    assert "3 signals were labeled a second time by somebody else; the same reason was found in 2." in page
    monkeypatch.setattr(agreement, "MIN_LOOKS", 3)
    page = pages.text(cleo.get(LIST))
    assert "<strong>2 of 3</strong> signals: <strong>67 %</strong> (likely 21\u201394 %)" in page
    differing = Item.objects.get(purpose="second_look", labels__reason__code="unread")
    assert listed(cleo.get(LIST)) == [differing.public_id]


def test_what_i_labeled_is_not_in_my_list(feature: Feature, adjudicator: User, cleo: Client) -> None:
    own = world.disputed(feature, adjudicator, 2)
    assert listed(cleo.get(LIST)) == []
    assert "you labeled its signal yourself" in pages.text(cleo.get(f"/review/?item={own.public_id}"))


def test_a_longer_list_asks_no_more_of_the_database(feature: Feature, cleo: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            cleo.get(LIST)
        return len(asked)

    world.disputed(feature)
    queries()  # the first visit makes the rater
    few = queries()
    for _ in range(4):
        world.disputed(feature)
    assert queries() == few
