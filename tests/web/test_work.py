"""`/annotate/<queue>/`: one item with all its evidence and the reasons for its kind of signal."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from annotation import taxonomy
from annotation.models import Feature, Lease, User
from tests import stock
from tests.web import pages
from tests.web.test_static import weight


def test_a_page_shows_one_item_and_holds_it(feature: Feature, annotator: User) -> None:
    first, _second = stock.items(feature, 2)
    client = pages.sign_in(annotator)
    assert f'data-item="{first.public_id}"' in pages.text(pages.take(client, feature))
    assert f'data-item="{first.public_id}"' in pages.text(pages.take(client, feature))
    assert Lease.objects.count() == 1


def test_every_reason_of_the_signal_has_its_meaning_and_one_key(feature: Feature, annotator: User) -> None:
    pages.item(feature, kind="edited")
    page = pages.text(pages.take(pages.sign_in(annotator), feature))
    reasons = list(taxonomy.reasons(version=taxonomy.current(), kind="edited"))
    shown = re.findall(r'name="reason" value="(\w+)" data-key="(.)"', page[: page.index('id="skip"')])
    assert sorted(shown) == sorted((reason.code, reason.key) for reason in reasons)
    for reason in reasons:
        assert reason.definition in page


def test_no_key_of_the_page_itself_is_a_reasons_key(feature: Feature, annotator: User) -> None:
    for kind in sorted(taxonomy.queued_kinds(taxonomy.current())):
        pages.item(feature, kind=kind)
    client = pages.sign_in(annotator)
    for _ in taxonomy.queued_kinds(taxonomy.current()):
        page = pages.text(pages.take(client, feature))
        desk = page[page.index('id="decide"') : page.index('id="skip"')]
        keys = re.findall(r'data-key="(.)"', desk)
        assert len(keys) == len(set(keys))
        skipping = pages.form(client.get(pages.desk(feature)), reason="cant_judge")
        client.post(pages.desk(feature, "skip"), skipping)


def test_the_evidence_stands_there_in_words(feature: Feature, annotator: User) -> None:
    pages.item(feature, output="one two three " * 40)
    page = pages.text(pages.take(pages.sign_in(annotator), feature))
    assert "The user accepted this answer" in page
    assert "Accepted 0 s after it appeared; reading it takes about 30 s at 238 words a minute." in page


def test_what_the_user_changed_is_shown_word_by_word(feature: Feature, annotator: User) -> None:
    pages.item(feature, kind="edited", output="The train leaves at nine.", final_text="The train leaves at ten.")
    page = pages.text(pages.take(pages.sign_in(annotator), feature))
    assert "The train leaves at <del>nine</del><ins>ten</ins>." in page


def test_what_a_model_wrote_can_do_no_harm(feature: Feature, annotator: User) -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    pages.item(feature, kind="edited", input=evil, output=evil, final_text=evil + "!")
    page = pages.take(pages.sign_in(annotator), feature).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page


def test_tool_calls_and_their_results_are_shown(feature: Feature, annotator: User) -> None:
    called = {"role": "assistant", "tool_calls": [{"function": {"name": "find_order", "arguments": '{"id": 7}'}}]}
    result = {"role": "tool", "content": '{"status": "sent"}'}
    pages.item(feature, input=[{"role": "user", "content": "Where is it?"}, called, result], output="On its way.")
    page = pages.text(pages.take(pages.sign_in(annotator), feature))
    assert "<code>find_order</code>" in page
    assert '"id": 7' in page
    assert '"status": "sent"' in page


def test_a_script_gets_the_item_without_the_page_around_it(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    page = pages.text(pages.sign_in(annotator).get(pages.desk(feature), headers=pages.SCRIPT))
    assert page.lstrip().startswith('<div id="work"')


def test_an_empty_queue_says_that_all_is_done(feature: Feature, annotator: User) -> None:
    page = pages.text(pages.take(pages.sign_in(annotator), feature))
    assert "Nothing to label" in page
    assert "that you can label has its answer" in page


def test_a_queue_whose_rest_others_hold_says_so(feature: Feature, annotator: User, annotator2: User) -> None:
    stock.items(feature, 1)
    pages.take(pages.sign_in(annotator2), feature)
    assert "Somebody else holds the last open item" in pages.text(pages.take(pages.sign_in(annotator), feature))


def test_being_at_work_holds_the_item_on(feature: Feature, annotator: User) -> None:
    (item,) = stock.items(feature, 1)
    client = pages.sign_in(annotator)
    pages.take(client, feature)
    soon = timezone.now() + timedelta(minutes=1)
    Lease.objects.update(expires_at=soon)
    assert client.post(pages.desk(feature, "renew"), {"item": item.public_id}).status_code == 204
    assert Lease.objects.get().expires_at > soon + timedelta(minutes=10)


def test_a_hold_that_was_lost_is_said_in_words(feature: Feature, annotator: User) -> None:
    (item,) = stock.items(feature, 1)
    client = pages.sign_in(annotator)
    answer = client.post(pages.desk(feature, "renew"), {"item": item.public_id}, headers=pages.SCRIPT)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#trouble")
    assert "What you typed is still here" in pages.text(answer)


def test_the_page_needs_at_most_60_kilobytes_of_scripts_and_styles(feature: Feature, annotator: User) -> None:
    stock.items(feature, 1)
    assert 10_000 < weight(pages.text(pages.take(pages.sign_in(annotator), feature))) <= 60 * 1024
