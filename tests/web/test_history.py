"""`/annotate/history/`: what I labeled, newest first, each to be opened again."""

from __future__ import annotations

import pytest

from annotation.models import Feature, User
from annotation.web.history import pages as history
from tests import stock
from tests.web import pages


def test_my_labels_stand_there_newest_first_with_reason_and_comment(feature: Feature, annotator: User) -> None:
    stock.items(feature, 2)
    client = pages.sign_in(annotator)
    pages.label(client, feature, reason="verified", comment="the first")
    pages.label(client, feature, reason="unread", comment="the second")
    page = pages.text(client.get("/annotate/history/"))
    assert page.index("the second") < page.index("the first")
    assert "Verified" in page
    assert "2 labels" in page


def test_a_label_opens_with_its_evidence(feature: Feature, annotator: User) -> None:
    item = pages.item(feature, output="Dear Ben")
    client = pages.sign_in(annotator)
    pages.label(client, feature, comment="Wrong name.")
    page = pages.text(client.get(f"/annotate/history/{item.public_id}/"))
    assert "Dear Ben" in page
    assert "Wrong name." in page


def test_labels_of_others_are_not_mine(feature: Feature, annotator: User, annotator2: User) -> None:
    (item,) = stock.items(feature, 1)
    pages.label(pages.sign_in(annotator), feature)
    other = pages.sign_in(annotator2)
    assert "No labels yet" in pages.text(other.get("/annotate/history/"))
    assert other.get(f"/annotate/history/{item.public_id}/").status_code == 404


def test_a_long_history_has_pages(feature: Feature, annotator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_SIZE", 2)
    stock.items(feature, 3)
    client = pages.sign_in(annotator)
    for number in range(3):
        pages.label(client, feature, comment=f"number {number}")
    first, second = (pages.text(client.get(f"/annotate/history/?page={page}")) for page in (1, 2))
    assert ("number 2" in first, "number 0" in first) == (True, False)
    assert "number 0" in second
