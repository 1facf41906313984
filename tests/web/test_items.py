"""`/annotate/<queue>/items/`: the queue as a list without texts, and work in a filter."""

from __future__ import annotations

import pytest

from annotation.models import Feature, Label, User
from annotation.web import items
from tests import stock
from tests.web import pages


def test_the_list_names_items_and_shows_no_text_of_users(feature: Feature, annotator: User) -> None:
    item = pages.item(feature, output="a secret of Ann's")
    page = pages.text(pages.sign_in(annotator).get(pages.desk(feature, "items")))
    assert item.public_id in page
    assert "The user accepted this answer" in page
    assert "secret" not in page


def test_a_chosen_item_is_taken_by_its_link(feature: Feature, annotator: User, annotator2: User) -> None:
    _first, second = stock.items(feature, 2)
    client = pages.sign_in(annotator)
    link = f"{pages.desk(feature)}?item={second.public_id}"
    assert f'href="{link}"' in pages.text(client.get(pages.desk(feature, "items")))
    assert f'data-item="{second.public_id}"' in pages.text(client.get(link))
    refused = pages.sign_in(annotator2).get(link)
    assert refused.status_code == 409
    assert "Somebody else has this item now" in pages.text(refused)


def test_work_in_a_filter_stays_in_it(feature: Feature, annotator: User) -> None:
    stock.items(feature, 3)
    first, second = stock.items(feature, 2, kind="edited")
    client = pages.sign_in(annotator)
    here = f"{pages.desk(feature)}?kind=edited"
    page = client.get(here)
    assert f'data-item="{first.public_id}"' in pages.text(page)
    assert "only edited" in pages.text(page)
    sent = pages.form(page, reason="fact_fix")
    answer = client.post(f"{pages.desk(feature, 'label')}?kind=edited", sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, here)
    page = client.get(here)
    assert f'action="{pages.desk(feature, "label")}?kind=edited"' in pages.text(page)
    sent = pages.form(page, reason="cant_judge")
    after = pages.text(client.post(f"{pages.desk(feature, 'skip')}?kind=edited", sent, follow=True))
    assert "No item that you can take is in this filter" in after
    assert Label.objects.get().item_id == first.pk
    assert sent["item"] == second.public_id


def test_a_refused_form_leads_back_into_its_filter(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1, kind="edited")
    client = pages.sign_in(annotator)
    sent = pages.form(client.get(f"{pages.desk(feature)}?kind=edited"), reason="no_such_reason")
    answer = client.post(f"{pages.desk(feature, 'label')}?kind=edited", sent)
    assert f'href="{pages.desk(feature)}?kind=edited"' in pages.text(answer)


def test_the_list_is_filtered_and_has_pages(feature: Feature, annotator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "PAGE_SIZE", 2)
    first, second, third = stock.items(feature, 3, kind="edited")
    (other,) = stock.items(feature, 1)
    client = pages.sign_in(annotator)
    page = pages.text(client.get(pages.desk(feature, "items"), {"kind": "edited"}))
    shown = [item.public_id in page for item in (first, second, third, other)]
    assert shown == [True, True, False, False]
    assert f"?status=open&after={second.public_id}&kind=edited" in page
    more = client.get(pages.desk(feature, "items"), {"kind": "edited", "after": second.public_id})
    assert third.public_id in pages.text(more)


def test_what_i_labeled_is_listed_with_its_reason(feature: Feature, annotator: User) -> None:
    first, second = stock.items(feature, 2)
    client = pages.sign_in(annotator)
    pages.label(client, feature, reason="unread")
    page = pages.text(client.get(pages.desk(feature, "items"), {"status": "labeled"}))
    assert f"/annotate/history/{first.public_id}/" in page
    assert second.public_id not in page


def test_turns_of_one_conversation_stand_beside_the_item(feature: Feature, annotator: User) -> None:
    first, second = stock.conversation(feature, "accepted", "edited")
    stock.items(feature, 2)
    client = pages.sign_in(annotator)
    page = client.get(f"{pages.desk(feature)}?item={first.public_id}")
    assert "2 signals of this conversation are yours" in pages.text(page)
    assert f"?item={second.public_id}" in pages.text(page)
    sent = pages.form(page, reason="verified")
    after = pages.text(client.post(pages.desk(feature, "label"), sent, headers=pages.SCRIPT))
    assert f'data-item="{second.public_id}"' in after
    together = after[after.index('class="together"') : after.index('id="together"')]
    assert "Verified" in together
    assert "this one" in together
