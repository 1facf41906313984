"""POST /annotate/<queue>/draft/: what the page sends as one types, and where it stands again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Draft, Feature, Label, User
from annotation.web import marks
from tests import stock
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(feature: Feature, annotator: User) -> Client:
    stock.items(feature, 3)
    return pages.sign_in(annotator)


def _save(client: Client, feature: Feature, page: Any, **typed: str) -> Any:
    form = pages.form(page)
    sent = {"item": form["item"], "ticket": form["ticket"], "age_ms": "0"} | typed
    return client.post(pages.desk(feature, "draft"), sent, headers=pages.SCRIPT)


def test_a_draft_stands_in_the_form_wherever_the_item_is_opened(
    client: Client, feature: Feature, annotator: User
) -> None:
    page = pages.take(client, feature)
    told = _save(client, feature, page, comment=" half a ", correction="x", quote="q", certainty="2", age_ms="90000")
    assert (told.status_code, told.content) == (204, b"")
    again = pages.text(pages.take(pages.sign_in(annotator), feature))
    assert '<textarea name="comment" rows="1" data-key="m" dir="auto"> half a </textarea>' in again
    assert 'name="certainty" value="2" data-key="k" checked' in again
    assert '<details class="more" open>' in again
    age = timezone.now() - Draft.objects.get().typed_at
    assert timedelta(seconds=90) <= age < timedelta(seconds=150)
    assert 'data-age="9' in again


def test_what_was_undone_gives_way_to_what_was_typed_since(client: Client, feature: Feature) -> None:
    answer = pages.label(client, feature, comment="first", certainty="3")
    undo = pages.undo_form(answer)
    page = client.post(pages.desk(feature, "undo"), undo, headers=pages.SCRIPT)
    assert ">first</textarea>" in pages.text(page)
    assert 'value="3" data-key="l" checked' in pages.text(page)
    _save(client, feature, page, comment="second")
    assert ">second</textarea>" in pages.text(pages.take(client, feature))


def test_only_whoever_was_handed_the_item_writes_about_it(client: Client, feature: Feature, annotator2: User) -> None:
    page = pages.take(client, feature)
    other = pages.sign_in(annotator2)
    assert _save(other, feature, page, comment="not mine").status_code == 403
    assert _save(client, feature, page, comment="x", ticket="").status_code == 403
    assert _save(client, feature, page, comment="x" * 20_001).status_code == 422
    assert not Draft.objects.exists()


def test_what_one_person_kept_is_never_taken_from_another(
    client: Client, feature: Feature, annotator: User, annotator2: User
) -> None:
    """The page says whose it is; by now its browser may be signed in as somebody else."""
    sent = pages.form(pages.take(client, feature), reason="verified")
    address = pages.desk(feature, "label")
    told = client.post(address, sent, headers={**pages.SCRIPT, "X-Person": marks.of(annotator2)})
    assert (told.status_code, told.headers["X-Problem"]) == (401, "somebody_else")
    assert "Somebody else has signed in" in pages.text(told)
    assert not Label.objects.exists()
    assert client.post(address, sent, headers={**pages.SCRIPT, "X-Person": marks.of(annotator)}).status_code == 200


def test_an_answer_brings_what_the_page_asks_for(client: Client, feature: Feature) -> None:
    first = pages.form(pages.take(client, feature), reason="verified")
    ahead = client.get(pages.desk(feature, "next"), {"beside": first["item"]}, headers=pages.SCRIPT)
    second = pages.form(ahead, reason="verified")
    # The page has painted the second by itself: the answer says what was saved, and shows the third.
    told = client.post(pages.desk(feature, "label"), first | {"then": second["item"]}, headers=pages.SCRIPT)
    third = pages.form(told)["item"]
    assert 'data-said="Saved: Verified."' in pages.text(told)
    assert len({first["item"], second["item"], third}) == 3
    # A page that is about something else wants none, and holds none.
    told = client.post(pages.desk(feature, "label"), second | {"then": "nothing"}, headers=pages.SCRIPT)
    assert (told.status_code, told.content) == (204, b"")
    assert Label.objects.count() == 2


def test_a_saved_answer_is_saved_though_the_item_in_sight_is_gone(
    client: Client, feature: Feature, annotator2: User
) -> None:
    first = pages.form(pages.take(client, feature), reason="verified")
    gone = pages.form(pages.take(pages.sign_in(annotator2), feature))["item"]
    told = client.post(pages.desk(feature, "label"), first | {"then": gone}, headers=pages.SCRIPT)
    assert told.status_code == 200
    assert "Saved: Verified. Somebody else has this item now." in pages.text(told)
    told = client.post(pages.desk(feature, "label"), first | {"then": "itm_nowhere"}, headers=pages.SCRIPT)
    assert told.status_code == 200
    assert Label.objects.count() == 1


@pytest.mark.parametrize(("form", "problem"), [({}, "incomplete_form"), ({"item": "itm_nowhere"}, None)])
def test_a_refusal_says_its_code_to_scripts(
    client: Client, feature: Feature, form: dict[str, str], problem: str | None
) -> None:
    sent = {"age_ms": "0"} | form
    told = client.post(pages.desk(feature, "draft"), sent, headers=pages.SCRIPT)
    assert told.headers.get("X-Problem") == problem
