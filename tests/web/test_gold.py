"""Known answers: a copy looks like any item, and `/manage/gold/` says how often people are right."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from annotation.labels import gold
from annotation.models import Feature, Item, KnownAnswer, Label, User
from annotation.queues import gold as copies
from annotation.web.gold import pages as gold_pages
from tests import stock
from tests.cast import NOW
from tests.labels import world
from tests.labels.rules.world import BY
from tests.web import pages
from tests.web.pages import words

pytestmark = pytest.mark.django_db

GOLD = "/manage/gold/"
# What differs between any two items, and what is drawn anew for each page.
OWN = (
    r"itm_\w+",
    r"gen_\d+",
    r'(?<=name="ticket" value=")[^"]+',
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    r'(?<=name="csrfmiddlewaretoken" value=")\w+',
    r'(?<=name="shown_at" value=")[^"]+',
)


@pytest.fixture
def asked(feature: Feature, annotator: User, annotator2: User) -> Item:
    """A copy of what the one labeled as unread, open for the other, among open items."""
    stock.queue(feature, gold_share=0.5)
    first, *_ = stock.items(feature, 6)
    world.label(first, "unread", by=annotator)
    world.label(stock.items(feature, 1)[0], "verified", by=annotator2)
    gold.mark(items=[first], **BY)
    copies.stock(now=NOW)
    return Item.objects.get(purpose="gold")


def _own_left_out(page: str) -> str:
    for pattern in OWN:
        page = re.sub(pattern, "…", page)
    return page


def _shown(client: Client, feature: Feature, item: Item, **headers: str) -> str:
    answer = client.get(f"{pages.desk(feature)}?item={item.public_id}", headers=headers)
    assert f'data-item="{item.public_id}"' in pages.text(answer)
    return _own_left_out(pages.text(answer))


@pytest.mark.parametrize("headers", [{}, pages.SCRIPT])
def test_a_copy_of_a_known_answer_is_the_same_page_as_any_item(
    headers: dict[str, str], asked: Item, feature: Feature, annotator2: User
) -> None:
    plain = Item.objects.filter(purpose="sample", status="open").order_by("pk")[0]
    client = pages.sign_in(annotator2)
    assert _shown(client, feature, asked, **headers) == _shown(client, feature, plain, **headers)
    for word in ("gold", "known answer", "purpose"):
        assert word not in _shown(client, feature, asked).lower()


def test_a_copy_that_nobody_holds_is_in_no_list(asked: Item, feature: Feature, annotator2: User) -> None:
    page = pages.text(pages.sign_in(annotator2).get(pages.desk(feature, "items")))
    assert asked.public_id not in page
    assert len(set(re.findall(r"itm_\w+", page))) == 5


def test_saving_an_answer_to_a_copy_says_what_saving_any_says(asked: Item, feature: Feature, annotator2: User) -> None:
    client = pages.sign_in(annotator2)
    answers = []
    for item in (asked, Item.objects.filter(purpose="sample", status="open").order_by("pk")[0]):
        page = client.get(f"{pages.desk(feature)}?item={item.public_id}")
        sent = pages.form(page, reason="verified") | {"then": "nothing"}
        answer = client.post(pages.desk(feature, "label"), sent, headers=pages.SCRIPT)
        answers.append((answer.status_code, answer.content, sorted(answer.headers)))
    assert answers[0] == answers[1]
    assert Label.objects.filter(item=asked, rater__kind="gold").get().reason.code == "unread"


def test_the_page_says_how_many_from_where_and_how_often_people_were_right(
    asked: Item, feature: Feature, annotator2: User, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pages.sign_in(admin)
    page = words(client.get(GOLD))
    assert "1 answer is known marked by an admin: 1" in page
    assert "Nobody was asked yet." in page
    assert "50 of 100 items" in page
    world.label(asked, "verified", by=annotator2)
    assert "0 of 1 answers. A share is said from 20 on." in words(client.get(GOLD))
    monkeypatch.setattr(gold_pages, "MIN_ASKED", 1)
    assert "0 of 1 answers: 0 % (likely 0\u201379 %)." in words(client.get(GOLD))


def test_an_admin_marks_what_is_decided_and_retires_it(feature: Feature, annotator: User, admin: User) -> None:
    (item,) = stock.items(feature, 1)
    client = pages.sign_in(admin)
    assert "Nothing is decided yet" in words(client.get(GOLD))
    world.label(item, "unread", by=annotator)
    assert item.public_id in pages.text(client.get(GOLD))
    assert "Nothing was marked: choose items first." in words(client.post(f"{GOLD}mark/", follow=True))
    page = words(client.post(f"{GOLD}mark/", {"item": [item.public_id, "itm_none"]}, follow=True))
    assert "1 answer is known from now on." in page
    answer = KnownAnswer.objects.get()
    assert (answer.item_id, answer.added_by, answer.source) == (item.pk, admin, "marked")
    assert "not asked yet Retire" in page
    page = words(client.post(f"{GOLD}retire/", {"answer": answer.pk}, follow=True))
    assert "Nobody is asked about it any more." in page
    assert "retired" in page
    assert client.post(f"{GOLD}retire/", {"answer": "9" * 30}).status_code == 404


def test_the_queue_s_page_says_what_its_share_brings(feature: Feature, admin: User) -> None:
    client = pages.sign_in(admin)
    at = f"/manage/queues/{feature.slug}.default/"
    page = pages.text(client.get(at))
    assert f"{GOLD}?feature={feature.slug}" in page
    sent = dict(re.findall(r'<input type="number" name="(\w+)" value="([^"]*)"', page))
    sent |= {"gold_share": "0.1", "consensus": "majority", "show_suggestions": "on"}
    page = words(client.post(at, sent))
    assert "Annotators can't tell such items from others" in page
    assert "Labels may lean to what is shown" in page
    assert "unused so far: no items with a known answer" not in page
