"""`/items/<item>/conversation/`: long conversations come in parts, each of them to whoever may see the item."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

from django.test import Client

from annotation.ingest import evidence
from annotation.lib.evidence import Turn
from annotation.models import Feature, Interaction, InteractionContent, Item, User
from annotation.web import shown
from tests import stock
from tests.web import pages

LINK = re.compile(r'data-part href="([^"]+)"')
QUESTION = re.compile(r"question (\d+)\.")
MANY = 200


def _long(feature: Feature) -> Item:
    """An item whose answer ends a conversation of 200 questions, each of 2 KB with its answer."""
    filler = "**word** `code` " * 60
    sent: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]
    for number in range(MANY):
        sent.append({"role": "user", "content": f"question {number}. {filler}"})
        sent.append({"role": "assistant", "content": f"answer {number}. {filler}"})
    return pages.item(feature, input=[*sent, {"role": "user", "content": f"question {MANY}."}], output="The end.")


def _parts(client: Client, page: str) -> list[str]:
    """What the links to further parts lead to, one after the other."""
    found = []
    while link := LINK.search(page):
        page = pages.text(client.get(link[1], headers=pages.SCRIPT))
        assert "<html" not in page
        found.append(page)
    return found


def test_a_long_conversation_opens_at_its_end_and_comes_in_parts(feature: Feature, annotator: User) -> None:
    _long(feature)
    client = pages.sign_in(annotator)
    pages.take(client, feature)
    started = time.process_time()
    page = pages.text(pages.take(client, feature))
    assert time.process_time() - started < 2
    assert len(page) < 120_000
    assert f"{2 * MANY - 1} earlier messages" in page
    parts = _parts(client, page)
    assert max(map(len, parts)) < 250_000
    asked = [int(number) for part in [*reversed(parts), page] for number in QUESTION.findall(part)]
    assert asked == list(range(MANY + 1)), "each message once, in its order"


def test_the_instructions_stand_in_a_fold_of_their_own(feature: Feature, annotator: User) -> None:
    _long(feature)
    client = pages.sign_in(annotator)
    page = pages.text(pages.take(client, feature))
    assert page.count("Be brief.") == 1
    assert not any("Be brief." in part for part in _parts(client, page))


def test_without_a_script_a_part_is_a_page(feature: Feature, annotator: User) -> None:
    _long(feature)
    client = pages.sign_in(annotator)
    link = LINK.search(pages.text(pages.take(client, feature)))
    assert link is not None
    page = pages.text(client.get(link[1]))
    assert "<title>Conversation" in page
    assert LINK.search(page)


def test_what_came_long_after_comes_in_parts_too(feature: Feature, annotator: User) -> None:
    item = pages.item(feature)
    first = item.interaction
    Interaction.objects.filter(pk=first.pk).update(conversation_id="c1")
    later = stock.items(feature, 38)
    for number, one in enumerate(later):
        at = first.occurred_at + timedelta(minutes=number + 1)
        Interaction.objects.filter(pk=one.interaction_id).update(conversation_id="c1", occurred_at=at)
        InteractionContent.objects.filter(pk=one.interaction_id).update(input=f"question {number}.", output="Yes.")
    client = pages.sign_in(annotator)
    page = pages.text(client.get(f"{pages.desk(feature)}?item={item.public_id}"))
    asked = [int(number) for part in [page, *_parts(client, page)] for number in QUESTION.findall(part)]
    assert asked == list(range(38))


def test_only_who_holds_or_labeled_the_item_or_reviews_it_may_read(
    feature: Feature, annotator: User, annotator2: User, adjudicator: User, stranger: User
) -> None:
    item = pages.item(feature)
    address = f"/items/{item.public_id}/conversation/"

    def status(user: User) -> int:
        return pages.sign_in(user).get(address).status_code

    assert [status(user) for user in (annotator, annotator2, adjudicator, stranger)] == [404, 404, 200, 403]
    pages.take(pages.sign_in(annotator), feature)
    assert [status(user) for user in (annotator, annotator2)] == [200, 404]
    pages.label(pages.sign_in(annotator), feature)
    assert [status(user) for user in (annotator, annotator2)] == [200, 404]


def test_a_strange_number_is_no_trouble(feature: Feature, adjudicator: User) -> None:
    address = f"/items/{pages.item(feature).public_id}/conversation/"
    client = pages.sign_in(adjudicator)
    for query in ("before=0", "before=x", "before=99999999999999999999", "after=-1", "after=٣", "after=9", ""):
        assert client.get(f"{address}?{query}").status_code == 200, query


def test_the_answer_that_was_made_instead_is_no_later_turn(feature: Feature) -> None:
    found = evidence.of(pages.item(feature))
    turns = [Turn(at=found.interaction.occurred_at, user_text="q", answer_text=text) for text in ("new", "next")]
    object.__setattr__(found, "later", turns)
    object.__setattr__(found, "instead", "new")
    assert [one.answer_text for one in shown.later_turns(found)] == ["next"]


def test_an_image_is_a_link_and_nothing_is_loaded(feature: Feature, annotator: User) -> None:
    sent = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look:"},
                {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png?x=1&y=2"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ],
        }
    ]
    pages.item(feature, input=sent, output="![a cat](https://pictures.example/b.png)")
    page = pages.take(pages.sign_in(annotator), feature).content.decode()
    assert "<img" not in page
    assert (
        '<a href="https://pictures.example/a.png?x=1&amp;y=2" target="_blank" rel="nofollow noopener noreferrer">'
        "image (pictures.example)</a>" in page
    )
    assert "image (image/png): it came inside the record" in page
    assert ">image: a cat (pictures.example)</a>" in page


def test_what_was_moved_stands_once_in_the_page(feature: Feature, annotator: User) -> None:
    first, second = "We ship on Monday.", "The invoice follows by mail within two weeks."
    draft, kept = f"{first} {second} Bye.", f"{second} {first} Bye."
    pages.item(feature, kind="edited", output=draft, final_text=kept)
    page = pages.text(pages.take(pages.sign_in(annotator), feature))
    diff = page[page.index('class="judged diff') : page.index("Draft beside")]
    assert diff.count("We ship on Monday.</span>") == 1
    assert "↓ 4 words moved down" in diff
    assert "<del>" not in diff
