"""`/insights/outcomes/`: what became of conversations later, which early signals predict it, and who names what."""

from __future__ import annotations

import pytest

from annotation import rewards
from annotation.models import DelayedOutcome, Feature, User
from tests.cast import NOW
from tests.rewards.world import RESOLVED, conversations, named
from tests.validity.world import GOOD, arrive, close, decide, write
from tests.web import pages

pytestmark = pytest.mark.django_db

PAGE = "/insights/outcomes/"
FORM = {"name": RESOLVED, "days": "7", "good_when": "true", "silence": "unknown", "points": "10"}


def test_an_admin_names_what_is_sent_and_the_page_says_what_predicts_it(
    feature: Feature, admin: User, engineer: User
) -> None:
    conversations(feature, 400, good=360, kinds=["accepted"])
    conversations(feature, 400, good=200, kinds=["thumbs_up"])
    conversations(feature, 50, good=30, kinds=["copied"])
    client = pages.sign_in(admin)
    page = client.get(f"{PAGE}?name={RESOLVED}")
    assert f'value="{RESOLVED}"' in pages.text(page)
    assert "850 results" in pages.words(page)
    assert client.post(f"{PAGE}name/", FORM).status_code == 302
    assert "Not audited yet" in pages.words(client.get(PAGE))
    rewards.refresh(now=NOW)
    words = pages.words(pages.sign_in(engineer).get(PAGE))
    for said in (
        "Accepted predicts it. Thumbs up points the wrong way.",
        "with it 90 of 100 conversations end well, without it 51",
        "50 of the 100 conversations that are needed with it",
        "590 ended well · 260 badly",
        "Silence counts as unknown",
    ):
        assert said in words
    assert '<rect class="inverted likely"' in pages.text(client.get(PAGE))
    assert PAGE in pages.text(client.get("/insights/validity/"))


def test_the_page_of_validity_warns_of_a_signal_that_does_not_tell_what_became_of_it(
    feature: Feature, engineer: User
) -> None:
    items = arrive([["accepted"]], on=0)
    decide(items, lambda item: GOOD)
    close(on=2)
    write(on=2)
    conversations(feature, 400, good=200, kinds=["thumbs_up"])
    conversations(feature, 400, good=360, kinds=["copied"])
    client = pages.sign_in(engineer)
    assert "Thumbs up points" not in pages.words(client.get("/insights/validity/"))
    named(feature)
    rewards.refresh(now=NOW)
    words = pages.words(client.get("/insights/validity/"))
    assert "Thumbs up points the wrong way: with it 50 of 100 conversations end well" in words
    assert "Copied predicts" not in words


def test_a_meaning_is_changed_refused_at_its_field_and_removed(feature: Feature, admin: User) -> None:
    named(feature, margin=0.025)
    client = pages.sign_in(admin)
    assert 'value="2.5"' in pages.text(client.get(f"{PAGE}?name={RESOLVED}"))
    client.post(f"{PAGE}name/", FORM | {"good_when": "false", "silence": "false", "points": "5"})
    changed = DelayedOutcome.objects.get()
    assert (changed.good_when, changed.absent_is_false, changed.margin) == (False, True, 0.05)
    refused = client.post(f"{PAGE}name/", FORM | {"days": "0"})
    assert (refused.status_code, "nothing was changed" in pages.text(refused)) == (422, True)
    for number in range(19):
        named(feature, f"outcome-{number}")
    refused = client.post(f"{PAGE}name/", FORM | {"name": "one-more"})
    assert (refused.status_code, "more are not audited" in pages.text(refused)) == (409, True)
    assert client.post(f"{PAGE}remove/", {"name": RESOLVED}).status_code == 302
    assert not DelayedOutcome.objects.filter(name=RESOLVED).exists()


def test_an_engineer_reads_and_is_told_who_names(feature: Feature, engineer: User) -> None:
    conversations(feature, 3, good=2)
    client = pages.sign_in(engineer)
    page = client.get(PAGE)
    assert "No delayed outcome is named yet" in pages.words(page)
    assert "An admin says on this page what they mean." in pages.words(page)
    assert "<form" not in pages.text(page).partition("<main")[2]
    assert client.post(f"{PAGE}name/", FORM).status_code == 403
