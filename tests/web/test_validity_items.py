"""From stored labels to the page, the JSON and the items behind each figure."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from annotation import access
from annotation.models import Feature, Interaction, Item, Term, User
from annotation.validity import corrections, provisional
from tests import cast
from tests.cast import Machine
from tests.validity import world
from tests.validity.world import BAD, GOOD, UNKNOWABLE, day
from tests.web import pages

PAGE, ITEMS = "/insights/validity/", "/insights/validity/items/"


@pytest.fixture
def measured(feature: Feature) -> Feature:
    """Two closed days on which accepted answers were good and left ones bad; three corrections; a day still open."""
    for on in (0, 1):
        found = world.arrive([["accepted"]] * 80 + [["abandoned"]] * 80, on=on)
        world.decide(found, _outcome, now=day(on + 0.1))
        world.close(on=on + 3)
    world.write(on=5)
    world.decide(world.arrive([["accepted"]] * 5, on=6), _outcome, now=day(6.1))
    good = Item.objects.filter(signal_kind="accepted", term__outcome=GOOD).order_by("pk")[:3]
    world.correct(good, "undone_later", now=day(6))
    corrections.note(now=day(6.2))
    provisional.refresh(now=day(6.2))
    return feature


def _outcome(item: Item) -> str:
    """Nine in ten, by the interaction's number; one in twenty of either can't be known."""
    number = int(item.interaction.external_id[-3:])
    if number % 20 == 7:
        return UNKNOWABLE
    return GOOD if (number % 10 != 3) == (item.signal_kind == "accepted") else BAD


def test_what_people_decided_leads_to_figures_and_these_to_items(
    measured: Feature, engineer: User, machine: Machine
) -> None:
    client = pages.sign_in(engineer)
    page = client.get(PAGE)
    said = pages.words(page)
    assert "Accepted valid" in said
    assert "160 labels without it" in said
    assert "Not yet Accepted : It is a true sign, and whether it is pure enough to learn from is not sure yet" in said
    assert "1 day is still open: 5 labels" in said
    (told,) = (
        one
        for one in machine.get("/validity", feature=measured.slug).json()["signals"]
        if one["signal_kind"] == "accepted"
    )
    assert (told["verdict"], told["labels"], told["corrections"]) == ("valid", 160, 3)
    assert f"with it {round(100 * told['rate']['value'])} (" in said
    assert machine.get("/flywheel", feature=measured.slug).json()["valid"]["verdict"] == "valid"
    assert told["sentence"] in pages.words(client.get("/insights/validity/report/"))
    # Every address that a figure has lists as many items as the figure counts.
    shown = {address: _listed(client, address) for address in _addresses(page)}
    assert _count(shown, "show=with") == 160
    assert _count(shown, "show=without") == 160
    assert _count(shown, "show=unknowable") == 8
    assert (
        _count(shown, "reason=verified") == Term.objects.filter(signal_kind="accepted", reason__code="verified").count()
    )
    assert _count(shown, "show=corrected") == 3
    assert _count(shown, "show=open") == 5


def test_a_list_says_how_each_item_was_counted_and_leaves_out_what_was_erased(
    measured: Feature, engineer: User
) -> None:
    client = pages.sign_in(engineer)
    query = {"kind": "accepted", "version": "drafts-1", "show": "corrected"}
    assert (
        pages.words(client.get(ITEMS, query)).count("Dear Ann, thank you. Thank Ann. Verified now: Undone later") == 3
    )
    first, *others = _listed(client, f"{ITEMS}?{urlencode(query)}")
    said = pages.words(client.get(f"{ITEMS}{first}/", query))
    for sentence in (
        "Dear Ann,",
        "What it counts as Verified Corrected since: Undone later.",
        "What people said rater",
    ):
        assert sentence in said
    _begin_anew(measured)
    assert "Began anew on 2026-03-09" in pages.words(client.get(PAGE))
    assert _listed(client, f"{ITEMS}?{urlencode(query)}") == []
    assert "Corrected since" not in pages.words(client.get(f"{ITEMS}{first}/"))
    query["show"], query["reason"] = "with", "undone_later"
    assert {first, *others} < set(anew := _listed(client, f"{ITEMS}?{urlencode(query)}"))
    Interaction.objects.filter(items__public_id=first).update(erased_at=day(7))
    assert _listed(client, f"{ITEMS}?{urlencode(query)}") == [one for one in anew if one != first]
    assert client.get(f"{ITEMS}{first}/").status_code == 404
    still_open = Item.objects.filter(cohort__termsheet=None)[0]
    assert "It counts in no rate" in pages.words(client.get(f"{ITEMS}{still_open.public_id}/"))


def _begin_anew(feature: Feature) -> None:
    """So many are corrected that they are taken into the figures."""
    good = Item.objects.filter(signal_kind="accepted", term__outcome=GOOD, term__corrections=None).order_by("pk")[:6]
    world.correct(good, "undone_later", now=day(7))
    corrections.note(now=day(7.1))


def test_nobody_sees_items_of_another_feature(feature: Feature, annotator: User) -> None:
    item = pages.item(feature).public_id
    outsider = pages.sign_in(cast.person("otto", roles=[access.ENGINEER], features=[cast.feature("support-chat")]))
    query = {"kind": "accepted", "version": "drafts-1"}
    assert outsider.get(ITEMS, query | {"feature": feature.slug}).status_code == 404
    assert outsider.get(f"{ITEMS}{item}/").status_code == 404
    assert outsider.get(ITEMS, query | {"after": item}).status_code == 404
    assert pages.sign_in(annotator).get(ITEMS, query).status_code == 403


@pytest.mark.parametrize(
    "query", [{}, {"kind": "accepted"}, {"version": "drafts-1"}, {"kind": "a\0b", "version": "c", "show": "all"}]
)
def test_an_address_that_names_no_figure_is_not_found(engineer: User, query: dict[str, str]) -> None:
    assert pages.sign_in(engineer).get(ITEMS, query).status_code == 404


def _addresses(page: Any) -> set[str]:
    found = re.findall(rf'href="({ITEMS}\?[^"]+)"', page.content.decode())
    return {address.replace("&amp;", "&") for address in found}


def _count(shown: dict[str, list[str]], mark: str) -> int:
    return next(len(items) for address, items in shown.items() if mark in address and "kind=accepted" in address)


def _listed(client: Client, address: str) -> list[str]:
    """The items of all pages of a list."""
    found: list[str] = []
    while address:
        page = client.get(address).content.decode()
        found += re.findall(rf'href="{ITEMS}(itm_\w+)/', page)
        more = re.search(r'href="(\?[^"]+)">Older', page)
        address = ITEMS + more[1].replace("&amp;", "&") if more else ""
    assert len(found) == len(set(found))
    return found
