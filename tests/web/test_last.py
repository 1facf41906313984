"""`/annotate/<queue>/last/`: one's last ten answers, each to be taken back."""

from __future__ import annotations

import re

from django.test import Client

from annotation.models import Feature, Label, Skip, User
from tests import stock
from tests.web import pages

ANSWER = re.compile(r'name="answer" value="([^"]+)"')


def _listed(client: Client, feature: Feature) -> list[str]:
    return ANSWER.findall(pages.text(client.get(pages.desk(feature, "last"))))


def _skip(client: Client, feature: Feature) -> None:
    sent = pages.form(pages.take(client, feature), reason="not_my_field")
    client.post(pages.desk(feature, "skip"), sent)


def _undo(client: Client, feature: Feature, answer: str) -> str:
    return pages.text(client.post(pages.desk(feature, "undo"), {"answer": answer}, headers=pages.SCRIPT))


def test_the_last_ten_stand_there_newest_first_each_with_a_key(feature: Feature, annotator: User) -> None:
    stock.items(feature, 14)
    client = pages.sign_in(annotator)
    for _ in range(11):
        pages.label(client, feature)
    _skip(client, feature)
    expected = [f"label-{pk}" for pk in Label.objects.order_by("-pk").values_list("pk", flat=True)[:9]]
    page = pages.text(client.get(pages.desk(feature, "last")))
    assert ANSWER.findall(page) == [f"skip-{Skip.objects.get().pk}", *expected]
    assert [f'data-key="{key}"' in page for key in "1234567890"] == [True] * 10


def test_an_earlier_label_is_taken_back_and_its_item_comes_again(feature: Feature, annotator: User) -> None:
    first, *_ = stock.items(feature, 5)
    client = pages.sign_in(annotator)
    for number in range(3):
        pages.label(client, feature, comment=f"number {number}")
    page = _undo(client, feature, _listed(client, feature)[2])
    assert f'data-item="{first.public_id}"' in page
    assert "number 0</textarea>" in page
    assert Label.objects.filter(superseded_at=None).count() == 2


def test_a_skip_is_taken_back_and_the_item_can_be_labeled(feature: Feature, annotator: User) -> None:
    first, _second = stock.items(feature, 2)
    client = pages.sign_in(annotator)
    _skip(client, feature)
    answer = client.post(pages.desk(feature, "undo"), {"answer": _listed(client, feature)[0]}, follow=True)
    assert f'data-item="{first.public_id}"' in pages.text(answer)
    assert not Skip.objects.exists()
    client.post(pages.desk(feature, "label"), pages.form(answer, reason="verified"))
    assert Label.objects.get().item_id == first.pk


def test_a_skipped_item_that_somebody_else_has_by_now_stays_with_them(
    feature: Feature, annotator: User, annotator2: User
) -> None:
    stock.items(feature, 1)
    client = pages.sign_in(annotator)
    _skip(client, feature)
    pages.take(pages.sign_in(annotator2), feature)
    assert "Somebody else has this item now" in _undo(client, feature, _listed(client, feature)[0])
    assert Skip.objects.count() == 1


def test_a_second_skip_that_resolved_the_item_can_be_taken_back(
    feature: Feature, annotator: User, annotator2: User
) -> None:
    (item,) = stock.items(feature, 1)
    _skip(pages.sign_in(annotator), feature)
    client = pages.sign_in(annotator2)
    _skip(client, feature)
    item.refresh_from_db()
    assert item.status == "resolved"
    _undo(client, feature, _listed(client, feature)[0])
    item.refresh_from_db()
    assert (item.status, item.resolved_at) == ("open", None)


def test_answers_of_others_are_neither_listed_nor_taken_back(
    feature: Feature, annotator: User, annotator2: User
) -> None:
    stock.items(feature, 2)
    pages.label(pages.sign_in(annotator), feature)
    other = pages.sign_in(annotator2)
    assert _listed(other, feature) == []
    _undo(other, feature, f"label-{Label.objects.get().pk}")
    assert Label.objects.get().superseded_at is None
