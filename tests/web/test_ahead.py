"""`/annotate/<queue>/next/` and `/shown/`: the page has the next item before it is asked for."""

from __future__ import annotations

from annotation.models import Feature, Lease, User
from tests import stock
from tests.web import pages


def test_the_next_item_comes_as_the_desk_shows_it_and_is_shown_when_it_stands_there(
    feature: Feature, annotator: User
) -> None:
    first, second, *_ = stock.items(feature, 4)
    client = pages.sign_in(annotator)
    pages.take(client, feature)
    answer = client.get(pages.desk(feature, "next"), {"beside": first.public_id})
    page = pages.text(answer)
    assert page.lstrip().startswith('<div id="work"')
    assert f'data-item="{second.public_id}"' in page
    assert Lease.objects.get(item=second).shown_at is None
    shown = client.post(pages.desk(feature, "shown"), {"item": second.public_id}, headers=pages.SCRIPT)
    assert shown.status_code == 204
    assert Lease.objects.get(item=second).shown_at is not None
    sent = pages.form(answer, reason="verified")
    assert client.post(pages.desk(feature, "label"), sent, headers=pages.SCRIPT).status_code == 200


def test_where_nothing_can_be_held_ready_the_answer_is_empty(feature: Feature, annotator: User) -> None:
    (item,) = stock.items(feature, 1)
    client = pages.sign_in(annotator)
    pages.take(client, feature)
    answer = client.get(pages.desk(feature, "next"), {"beside": item.public_id})
    assert (answer.status_code, answer.content) == (204, b"")


def test_what_somebody_else_took_meanwhile_is_refused_in_words(
    feature: Feature, annotator: User, annotator2: User
) -> None:
    first, second, *_ = stock.items(feature, 4)
    client = pages.sign_in(annotator)
    pages.take(client, feature)
    client.get(pages.desk(feature, "next"), {"beside": first.public_id})
    Lease.objects.filter(item=second).delete()
    type(second).objects.filter(pk=second.pk).update(taken=[])
    pages.take(pages.sign_in(annotator2), feature)
    answer = client.post(pages.desk(feature, "shown"), {"item": second.public_id}, headers=pages.SCRIPT)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#trouble")
    assert "Somebody else has this item now" in pages.text(answer)
