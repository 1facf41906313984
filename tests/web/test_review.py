"""`/review/`: what annotators disagree on, side by side, settled by somebody who labeled neither way."""

from __future__ import annotations

import pytest

from annotation.models import ConsensusRevision, Feature, Item, Label, User
from tests import cast, stock
from tests.web import pages


@pytest.fixture
def disputed(feature: Feature, annotator: User, annotator2: User) -> Item:
    (item,) = stock.items(feature, 1)
    Item.objects.filter(pk=item.pk).update(needed=2)
    pages.label(pages.sign_in(annotator), feature, reason="verified", comment="Read for a minute.")
    pages.label(pages.sign_in(annotator2), feature, reason="unread", comment="Far too fast.")
    item.refresh_from_db()
    return item


def test_each_annotators_reason_and_comment_stand_side_by_side(disputed: Item, adjudicator: User) -> None:
    page = pages.text(pages.sign_in(adjudicator).get("/review/"))
    for said in ("Ann", "Ben", "Read for a minute.", "Far too fast.", "Verified", "Unread"):
        assert said in page
    assert "1 item is left to settle." in page


def test_an_adjudicators_word_settles_the_item(disputed: Item, adjudicator: User) -> None:
    client = pages.sign_in(adjudicator)
    sent = pages.form(client.get("/review/"), reason="verified", comment="The clock shows it.")
    answer = client.post("/review/settle/", sent, headers=pages.SCRIPT)
    assert "Nothing is disputed" in pages.text(answer)
    revision = ConsensusRevision.objects.get(item=disputed, superseded_at=None)
    assert (revision.method, revision.reason.code) == ("adjudicated", "verified")
    assert Label.objects.get(role="adjudicator").content.comment == "The clock shows it."


def test_without_a_script_settling_leads_back_to_the_page(disputed: Item, adjudicator: User) -> None:
    client = pages.sign_in(adjudicator)
    sent = pages.form(client.get("/review/"), reason="verified")
    assert "Settled: Verified." in pages.text(client.post("/review/settle/", sent, follow=True))


def test_an_item_that_i_labeled_is_not_offered_and_not_mine_to_settle(
    disputed: Item, adjudicator: User, annotator: User, feature: Feature
) -> None:
    sent = pages.form(pages.sign_in(adjudicator).get("/review/"), reason="verified")
    annotator.groups.set(adjudicator.groups.all())
    client = pages.sign_in(annotator)
    assert "Nothing is disputed" in pages.text(client.get("/review/"))
    answer = client.post("/review/settle/", sent)
    assert answer.status_code == 403
    assert "You labeled this item yourself" in pages.text(answer)


def test_an_item_settled_meanwhile_is_refused_in_words_with_what_was_typed(disputed: Item, adjudicator: User) -> None:
    second = cast.person("sue", roles=["adjudicator"], features=[disputed.feature])
    client = pages.sign_in(second)
    late = pages.form(client.get("/review/"), reason="unread", comment="a second thought")
    quick = pages.sign_in(adjudicator)
    quick.post("/review/settle/", pages.form(quick.get("/review/"), reason="verified"))
    answer = client.post("/review/settle/", late)
    assert answer.status_code == 409
    assert "no longer disputed" in pages.text(answer)
    assert "a second thought" in pages.text(answer)


def test_an_item_can_be_left_for_later(feature: Feature, annotator: User, annotator2: User, adjudicator: User) -> None:
    items = stock.items(feature, 2)
    Item.objects.update(needed=2)
    for person, reason in ((annotator, "verified"), (annotator2, "unread")):
        for _ in items:
            pages.label(pages.sign_in(person), feature, reason=reason)
    client = pages.sign_in(adjudicator)
    ids = sorted(item.public_id for item in items)
    assert f'data-item="{ids[0]}"' in pages.text(client.get("/review/"))
    assert f'data-item="{ids[1]}"' in pages.text(client.get(f"/review/?after={ids[0]}"))
    assert f'data-item="{ids[0]}"' in pages.text(client.get(f"/review/?after={ids[1]}"))
