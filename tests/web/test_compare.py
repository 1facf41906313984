"""`/annotate/mended/`: two answers, one key each, and nothing that tells which came later."""

from __future__ import annotations

import re

import pytest

from annotation import access, mending
from annotation.models import Feature, InteractionContent, MendedJudgement, MendedPair, Rater, User
from tests import cast, stock
from tests.mending import world
from tests.web import pages

pytestmark = pytest.mark.django_db

PAGE = "/annotate/mended/"


@pytest.fixture
def pairs(feature: Feature) -> list[MendedPair]:
    return world.paired(feature, 3, needed=1)


def form(answer: object, mark: str = 'id="judge"', **typed: str) -> dict[str, str]:
    return pages.hidden(pages.text(answer), mark) | typed


def test_judged_undone_and_judged_anew_without_a_script(pairs: list[MendedPair], annotator: User) -> None:
    client = pages.sign_in(annotator)
    page = client.get(PAGE)
    assert "2 more wait." in pages.text(page)
    sent = form(page, said="first")
    said = pages.text(client.post(f"{PAGE}judge/", sent, follow=True))
    assert "Saved: First is better." in said
    made = MendedJudgement.objects.get()
    pair = MendedPair.objects.get(public_id=sent["item"])
    assert made.verdict == ("mended" if pair.later_first else "worse")
    assert "Your last answer: First is better." in said
    # The same form again saves nothing more.
    client.post(f"{PAGE}judge/", sent)
    assert MendedJudgement.objects.count() == 1
    undone = client.post(f"{PAGE}undo/", pages.hidden(said, '/undo/"'), follow=True)
    assert "Undone: say it anew." in pages.text(undone)
    assert form(undone)["item"] == pair.public_id
    for _ in range(3):
        client.post(f"{PAGE}judge/", form(client.get(PAGE), said="same"))
    page = client.get(PAGE)
    assert "Nothing to compare" in pages.text(page)
    assert "Undo" in pages.text(page)


def test_with_a_script_the_answer_is_the_next_pair(pairs: list[MendedPair], annotator: User) -> None:
    client = pages.sign_in(annotator)
    sent = form(client.get(PAGE), said="apart")
    answer = client.post(f"{PAGE}judge/", sent, headers=pages.SCRIPT)
    assert pages.text(answer).lstrip().startswith('<div id="work"')
    assert form(answer)["item"] != sent["item"]
    refused = client.post(f"{PAGE}judge/", sent | {"submission_id": pages.anew()}, headers=pages.SCRIPT)
    assert (refused.status_code, refused["HX-Retarget"]) == (409, "#trouble")
    assert "You have judged these two already" in pages.text(refused)


def test_nothing_on_the_page_tells_which_came_later(pairs: list[MendedPair], annotator: User) -> None:
    """Turned around, the page is the same but for its two sides; and it names neither time, nor version, nor label."""
    InteractionContent.objects.filter(interaction__model_version="drafts-2").update(
        input=[
            {"role": "system", "content": "You are drafts-2 of March."},
            {"role": "user", "content": "how to cancel it"},
            {"role": "assistant", "content": "What is it?"},
            {"role": "user", "content": "the yearly plan before the renewal"},
        ]
    )
    client = pages.sign_in(annotator)
    page = pages.text(client.get(PAGE))
    work = page[page.index('<div id="work"') : page.index('<section id="help"')]
    for hint in ("drafts-1", "drafts-2", "2026", "gen_", "mended.", "bad", "later", "Pleasing", "accepted"):
        assert hint not in work.replace("/annotate/mended/", ""), hint
    assert "What is it?" in work
    shown = MendedPair.objects.get(public_id=form(client.get(PAGE))["item"])
    texts = {"later": shown.later.content.output, "bad": shown.case.interaction.content.output}
    order = ["later", "bad"] if shown.later_first else ["bad", "later"]
    assert [work.index(texts[one]) for one in order] == sorted(work.index(texts[one]) for one in order)


def test_what_both_were_asked_stands_once(feature: Feature, annotator: User) -> None:
    world.trained(feature, world.bad(feature, [world.prompt(0)]))
    world.answered(feature, [world.prompt(0)])
    world.looked()
    page = pages.text(pages.sign_in(annotator).get(PAGE))
    assert page.count(world.prompt(0)) == 1
    assert "Both times this was asked" in page


def test_whoever_labeled_an_answer_is_told_why_there_is_nothing(pairs: list[MendedPair], annotator: User) -> None:
    # They labeled the bad ones.
    Rater.objects.filter(pk=stock.rater(1).pk).update(user=annotator)
    page = pages.text(pages.sign_in(annotator).get(PAGE))
    assert "3 pairs of answers wait for somebody else" in page


def test_pairs_of_others_features_are_not_found(pairs: list[MendedPair], annotator: User) -> None:
    sent = form(pages.sign_in(annotator).get(PAGE), said="same")
    other = cast.person("otto", roles=[access.ANNOTATOR], features=[cast.feature("support-chat")])
    client = pages.sign_in(other)
    assert "Nothing to compare" in pages.text(client.get(PAGE))
    assert client.post(f"{PAGE}judge/", sent).status_code == 404
    assert not MendedJudgement.objects.exists()


def test_anothers_judgement_is_not_mine_to_undo(pairs: list[MendedPair], annotator: User, annotator2: User) -> None:
    client = pages.sign_in(annotator)
    client.post(f"{PAGE}judge/", form(client.get(PAGE), said="same"))
    undo = pages.hidden(pages.text(client.get(PAGE)), '/undo/"')
    assert pages.sign_in(annotator2).post(f"{PAGE}undo/", undo).status_code == 404
    assert mending.last(rater=annotator.rater)


def test_it_stands_in_the_navigation(feature: Feature, annotator: User, engineer: User) -> None:
    assert re.search(rf'href="{PAGE}"[^>]*>\s*Compare', pages.text(pages.sign_in(annotator).get("/annotate/")))
    assert re.search(r'href="/insights/mended/[^>]*>\s*Mended', pages.text(pages.sign_in(engineer).get("/insights/")))
