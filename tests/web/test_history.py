"""`/annotate/history/`: what I labeled, newest first, each to be opened again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from annotation.labels import raters, submit
from annotation.models import ConsensusRevision, Feature, Item, Label, User
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


def _found(client: Client, **query: str) -> str:
    page = pages.text(client.get("/annotate/history/", query))
    return page[page.index("</form>") :]


def test_labels_are_found_by_what_they_are_and_what_was_written(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    stock.items(feature, 1, kind="edited")
    client = pages.sign_in(annotator)
    written = {"accepted": ("verified", "wrong name"), "edited": ("fact_fix", "a date")}
    for _ in written:
        item = pages.form(pages.take(client, feature))["item"]
        kind = Item.objects.get(public_id=item).signal_kind
        pages.label(client, feature, reason=written[kind][0], comment=written[kind][1])
    for query in ({"kind": "edited"}, {"reason": "fact_fix"}, {"text": "DATE"}):
        assert ("a date" in _found(client, **query), "wrong name" in _found(client, **query)) == (True, False)
    assert "a date" in _found(client, queue=f"{feature.slug}.default", since="2020-01-01")
    assert "No label fits" in pages.text(client.get("/annotate/history/", {"until": "2020-01-01"}))


def test_a_date_that_is_none_is_said_beside_its_field_and_filters_nothing(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    client = pages.sign_in(annotator)
    pages.label(client, feature)
    page = pages.text(client.get("/annotate/history/", {"since": "yesterday"}))
    assert "Enter a valid date" in page
    assert "1 label" in page


def _open(client: Client, item: Item, **query: str) -> Any:
    answer = client.get(f"/annotate/history/{item.public_id}/", query)
    assert answer.status_code == 200
    return answer


def _change(client: Client, item: Item, form: dict[str, str]) -> Any:
    return client.post(f"/annotate/history/{item.public_id}/change/", form)


def test_a_label_is_changed_in_place_and_the_earlier_one_stays_in_its_history(
    feature: Feature, annotator: User
) -> None:
    (item,) = stock.items(feature, 1)
    client = pages.sign_in(annotator)
    pages.label(client, feature, reason="verified", comment="too quick")
    page = _open(client, item, change="1")
    assert "too quick</textarea>" in pages.text(page)
    assert _change(client, item, pages.form(page, reason="unread", comment="on reflection")).status_code == 302
    first, second = Label.objects.order_by("pk").select_related("reason")
    assert (first.reason.code, second.reason.code) == ("verified", "unread")
    assert (first.superseded_at is None, second.superseded_at is None) == (False, True)
    assert ConsensusRevision.objects.get(item=item, superseded_at=None).reason.code == "unread"
    page = pages.text(_open(client, item))
    assert page.index("on reflection") < page.index("too quick")


def test_a_change_from_a_page_that_is_out_of_date_is_refused(feature: Feature, annotator: User) -> None:
    (item,) = stock.items(feature, 1)
    client = pages.sign_in(annotator)
    pages.label(client, feature)
    old, new = (pages.form(_open(client, item, change="1"), reason=reason) for reason in ("unread", "verified"))
    _change(client, item, new)
    refused = _change(client, item, old)
    assert refused.status_code == 409
    assert "in another window" in pages.text(refused)


def test_how_a_dispute_was_settled_is_shown_and_not_changed_here(
    feature: Feature, annotator: User, annotator2: User, adjudicator: User
) -> None:
    (item,) = stock.items(feature, 1)
    Item.objects.update(needed=2)
    mine = pages.sign_in(annotator)
    pages.label(mine, feature, reason="verified")
    assert "waits for the labels of others" in pages.text(_open(mine, item))
    pages.label(pages.sign_in(annotator2), feature, reason="unread")
    assert "disputed" in pages.text(_open(mine, item))
    rater = raters.for_user(adjudicator)
    answer = submit.Answer(reason_code="unread", submission_id=uuid4())
    settled = submit.adjudicate(rater=rater, item=item, answer=answer, now=timezone.now())
    assert "an adjudicator decided otherwise" in pages.text(_open(mine, item))
    judge = pages.sign_in(adjudicator)
    assert "?change=1" not in pages.text(_open(judge, item))
    sent = {"item": item.public_id, "submission_id": str(uuid4()), "reason": "verified", "replaces": str(settled.pk)}
    assert "settled a dispute" in pages.text(_change(judge, item, sent))
