"""`/insights/mended/`: how many bad answers were mended, and the pairs behind each figure, told which is which."""

from __future__ import annotations

import pytest

from annotation import mending
from annotation.mending import rates
from annotation.models import Feature, MendedPair, User
from tests.mending import world
from tests.web import pages

pytestmark = pytest.mark.django_db

PAGE = "/insights/mended/"


def test_too_few_are_said_in_words_and_the_pairs_stand_side_by_side(feature: Feature, engineer: User) -> None:
    pairs = world.paired(feature, 3)
    world.judged(pairs[0], "mended")
    world.judged(pairs[1], "worse")
    client = pages.sign_in(engineer)
    said = pages.words(client.get(PAGE))
    assert "No rate yet: it is said from 30 judged bad answers on, and 2 are." in said
    assert "Pleasing but wrong" in said
    listed = pages.words(client.get(f"{PAGE}pairs/?version=drafts-2&verdict=mended"))
    assert "Bad, drafts-1, 2026-03-02" in listed
    assert "Later, drafts-2" in listed
    assert pairs[0].later.content.output in listed
    assert pairs[1].later.content.output not in listed
    one = pages.words(client.get(f"{PAGE}pairs/{pairs[1].public_id}/"))
    answers = (pairs[1].case.interaction.content.output, pairs[1].later.content.output)
    for part in (*answers, "drafts-1", "drafts-2", "worse", "alike", "shown first"):
        assert part in one


def test_rates_have_their_intervals_and_lead_to_their_pairs(
    feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "ENOUGH", 3)
    for pair, verdict in zip(world.paired(feature, 5), ("mended", "mended", "same", "worse"), strict=False):
        world.judged(pair, verdict)
    client = pages.sign_in(engineer)
    answer = client.get(PAGE)
    said = pages.words(answer)
    assert (
        "Of 4 bad answers that were judged, drafts-2 answered a similar prompt better in 50 in 100 (likely 15 to 85) "
        "and worse in 25 in 100 (likely 5 to 70)."
    ) in said
    assert "85" in said
    assert "of 5" in said
    assert "/insights/mended/pairs/?feature=email-drafts&version=drafts-2&verdict=mended" in pages.text(answer)
    of_reason = f"{PAGE}pairs/?feature=email-drafts&version=drafts-2&kind=accepted&reason=pleasing_but_wrong"
    assert pages.text(client.get(of_reason)).count("Side by side") == 4
    assert "No such pair" in pages.text(client.get(f"{of_reason}&verdict=apart"))
    assert client.get(f"{PAGE}?version=nothing").status_code == 404
    assert client.get(f"{PAGE}pairs/").status_code == 404


def test_long_lists_come_in_pages(feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.web.mended.pages.PAGE_SIZE", 2)
    for pair in world.paired(feature, 3):
        world.judged(pair, "same")
    client = pages.sign_in(engineer)
    first = pages.text(client.get(f"{PAGE}pairs/?version=drafts-2"))
    assert first.count("Side by side") == 2
    after = MendedPair.objects.order_by("-pk")[1].public_id
    assert f"after={after}" in first
    second = pages.text(client.get(f"{PAGE}pairs/?version=drafts-2&after={after}"))
    assert second.count("Side by side") == 1
    assert "To the start" in second


def test_the_line_of_one_interaction_shows_what_came_after_it(feature: Feature, engineer: User) -> None:
    (pair,) = world.paired(feature, 1)
    client = pages.sign_in(engineer)
    address = f"/insights/closure/?id={pair.case.interaction.external_id}"
    assert "not judged yet" in pages.words(client.get(address))
    world.judged(pair, "mended")
    said = pages.words(client.get(address))
    assert "Answered later to similar prompts, by a model trained on it" in said
    assert "New 0." in said
    other = pages.words(client.get(f"/insights/closure/?id={pair.later.external_id}"))
    assert "Answered later to similar prompts" not in other
    (told,) = mending.of_interaction(interaction=pair.case.interaction)
    assert [one.verdict for one in told.judgements] == ["mended"]


def test_without_a_trained_model_the_page_says_what_it_takes(feature: Feature, engineer: User) -> None:
    assert "Nothing to compare yet" in pages.text(pages.sign_in(engineer).get(PAGE))
