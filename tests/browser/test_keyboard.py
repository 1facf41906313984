"""Labeling in a real browser, by keyboard alone, and what becomes of typed text when something goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation.models import Feature, Flag, Item, Label, Lease, Skip, User
from tests import stock
from tests.browser.desk import ahead, item_of, press, ready, saved, until, write
from tests.browser.fixtures import Visit
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(feature: Feature, annotator: User, visit: Visit) -> Page:
    """The annotator's page with the first of eleven items."""
    stock.items(feature, 11)
    page = visit(pages.desk(feature), annotator)
    ready(page)
    ahead(page)
    return page


def test_ten_items_are_labeled_by_keyboard_alone(desk: Page, feature: Feature) -> None:
    for number in range(10):
        write(desk, f"comment {number}")
        press(desk, "1" if number % 2 else "7")
    saved(desk)
    labels = Label.objects.select_related("reason", "content").order_by("pk")
    assert [label.content.comment for label in labels] == [f"comment {number}" for number in range(10)]
    assert {label.reason.code for label in labels} == {"verified", "unread"}
    assert len({label.item_id for label in labels}) == 10
    assert all(label.duration_ms for label in labels)


def test_the_next_item_has_the_focus_and_is_announced(desk: Page) -> None:
    desk.evaluate("window.scrollTo(0, 500)")
    press(desk, "1")
    assert desk.evaluate("document.activeElement.id") == "headline"
    assert desk.evaluate("window.scrollY") == 0
    expect(desk.locator("#said")).to_have_text("Saved: Verified.")


def test_keys_in_a_field_are_text_and_combinations_are_the_browsers(desk: Page) -> None:
    first = item_of(desk)
    desk.keyboard.press("m")
    desk.keyboard.type("1 2 z u s")
    desk.keyboard.press("Escape")
    for combination in ("Control+1", "Alt+1", "Meta+x"):
        desk.keyboard.press(combination)
    desk.wait_for_timeout(200)
    assert item_of(desk) == first
    assert desk.input_value("[name=comment] >> nth=0") == "1 2 z u s"
    assert not Label.objects.exists()


def test_undo_stands_beside_each_item_and_takes_back_the_last_answer(desk: Page) -> None:
    answered = []
    for _ in range(4):
        answered.append(item_of(desk))
        press(desk, "1")
        saved(desk)
        ahead(desk)
        expect(desk.locator("#work form.undo button")).to_be_enabled()
    press(desk, "u")
    assert item_of(desk) == answered[-1]


def test_a_key_pressed_twice_answers_one_item(desk: Page) -> None:
    desk.clock.install()
    desk.reload()
    ready(desk)
    ahead(desk)
    # By a clock that stands still: on a busy machine as much time can pass between two keys as between two answers.
    desk.clock.pause_at(timezone.now() + timedelta(seconds=10))
    first = item_of(desk)
    desk.keyboard.type("111")
    expect(desk.locator("#work")).not_to_have_attribute("data-item", first)
    saved(desk)
    assert Label.objects.count() == 1


def test_enter_in_the_form_chooses_nothing(desk: Page) -> None:
    first = item_of(desk)
    desk.keyboard.press("j")
    desk.locator("[name=certainty][value='1']").focus()
    desk.keyboard.press("Enter")
    desk.wait_for_timeout(200)
    assert item_of(desk) == first
    assert desk.locator("#trouble").inner_text() == ""
    assert not Label.objects.exists()


def test_help_opens_and_closes_by_its_key(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.locator("#help")).to_be_visible()
    desk.keyboard.press("1")
    desk.keyboard.press("Escape")
    expect(desk.locator("#help")).to_be_hidden()
    assert not Label.objects.exists()


def test_skip_flag_and_undo_have_their_keys(desk: Page) -> None:
    first = item_of(desk)
    desk.keyboard.press("s")
    press(desk, "2")
    second = item_of(desk)
    desk.keyboard.press("f")
    press(desk, "1")
    saved(desk)
    assert Skip.objects.get().item.public_id == first
    assert Flag.objects.get().item.public_id == second
    third = item_of(desk)
    press(desk, "1")
    press(desk, "u")
    assert item_of(desk) == third
    assert not Label.objects.filter(superseded_at=None).exists()


def test_selected_words_become_the_quote(desk: Page) -> None:
    desk.locator(".judged p").last.select_text()
    desk.keyboard.press("g")
    expect(desk.locator("[name=quote]")).to_have_value("thank you.")
    desk.keyboard.press("Escape")
    desk.keyboard.press("k")
    expect(desk.locator("[name=certainty][value='2']")).to_be_visible()
    press(desk, "1")
    saved(desk)
    label = Label.objects.select_related("content").get()
    assert (label.content.quote, label.certainty) == ("thank you.", 2)


def test_typed_text_survives_a_reload_and_goes_with_its_item(desk: Page) -> None:
    write(desk, "not finished")
    desk.reload()
    ready(desk)
    assert desk.input_value("[name=comment] >> nth=0") == "not finished"
    press(desk, "1")
    assert desk.input_value("[name=comment] >> nth=0") == ""
    saved(desk)
    assert Label.objects.get().content.comment == "not finished"


def test_being_at_work_holds_the_item_on(desk: Page) -> None:
    desk.clock.install()
    desk.reload()
    soon = timezone.now() + timedelta(minutes=1)
    Lease.objects.update(expires_at=soon)
    desk.keyboard.press("m")
    with desk.expect_response("**/renew/") as answer:
        desk.clock.fast_forward("01:01")
    assert answer.value.status == 204
    assert Lease.objects.get(item__public_id=item_of(desk)).expires_at > soon + timedelta(minutes=10)


def test_being_away_longer_than_the_hold_is_said(desk: Page) -> None:
    desk.clock.install()
    desk.reload()
    desk.clock.fast_forward("16:30")
    expect(desk.locator("#trouble")).to_contain_text("You were away for a while")


def test_a_dispute_is_settled_by_key(
    feature: Feature, annotator: User, annotator2: User, adjudicator: User, visit: Visit
) -> None:
    stock.items(feature, 1)
    Item.objects.update(needed=2)
    pages.label(pages.sign_in(annotator), feature, reason="verified")
    pages.label(pages.sign_in(annotator2), feature, reason="unread")
    page = visit("/review/", adjudicator)
    ready(page)
    page.keyboard.press("1")
    expect(page.locator("#headline")).to_have_text("Nothing is disputed")
    assert Label.objects.get(role="adjudicator").reason.code == "verified"


def test_the_choice_of_colors_contrast_and_text_size_stays_in_the_browser(desk: Page) -> None:
    def seen() -> list[str]:
        style = "getComputedStyle(document.documentElement)"
        return [str(desk.evaluate(f"{style}.{name}")) for name in ("backgroundColor", "fontSize")]

    assert seen() == ["rgb(250, 249, 246)", "16px"]
    desk.get_by_role("button", name="Colors and text size").click()
    for name in ("Dark", "High", "Larger"):
        desk.get_by_label(name, exact=True).check()
    assert seen() == ["rgb(0, 0, 0)", "20px"]
    # Asked at the first look that the page takes at itself, before anything can be painted.
    desk.add_init_script("requestAnimationFrame(() => { window.first = document.documentElement.dataset.theme; })")
    desk.reload()
    assert seen() == ["rgb(0, 0, 0)", "20px"]
    until(desk, "window.first !== undefined")
    assert desk.evaluate("window.first") == "dark"
