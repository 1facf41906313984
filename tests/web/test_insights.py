"""`/insights/` and `/insights/closure/`: three verdicts, where the wheel stands, and one interaction's stages."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from annotation import closure
from annotation.models import Feature, Interaction, User
from tests import cast, turning, worlds
from tests.web import pages
from tests.worlds import day

VERDICTS, STAGES = "/insights/", "/insights/closure/"


def test_the_three_verdicts_stand_in_sentences_with_figures_and_refusals(feature: Feature, engineer: User) -> None:
    worlds.turn(feature)
    closure.refresh(now=day(6))
    page = pages.text(pages.sign_in(engineer).get(VERDICTS))
    assert "The loop closes: 1 of 2 interactions led to a changed answer." in page
    assert "Not judged yet: each signal needs 100 labels with it and 100 without it" in page
    assert "No time to close yet: none of the interactions is in a sample." in page
    assert page.count("no verdict") == 4


def test_a_loop_that_never_closed_names_the_missing_link(feature: Feature, engineer: User) -> None:
    worlds.export([worlds.labeled(feature)], of=feature, on=2)
    closure.refresh(now=day(6))
    for address in (VERDICTS, STAGES):
        assert "no training run has ever named one" in pages.text(pages.sign_in(engineer).get(address))
    page = pages.text(pages.sign_in(engineer).get(VERDICTS))
    assert "<strong>Next: close the loop once.</strong>" in page
    assert '<a href="/datasets/triggers/?feature=email-drafts">Let a trigger tell your trainer</a>' in page


def test_an_empty_feature_says_so(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    assert "No interaction has arrived." in pages.text(client.get(VERDICTS))
    assert "No interaction has arrived yet." in pages.text(client.get(STAGES))
    worlds.item(feature)
    assert "They are counted within a minute, by the worker." in pages.text(client.get(VERDICTS))
    assert "They are counted within a minute, by the worker." in pages.text(client.get(STAGES))


def test_the_figures_of_the_stages_begin_where_most_wait(feature: Feature, engineer: User) -> None:
    worlds.turn(feature)
    for _ in range(3):
        worlds.item(feature)
    closure.refresh(now=day(6))
    page = pages.text(pages.sign_in(engineer).get(STAGES))
    assert "Most wait to be labeled: 3 of 5 interactions." in page
    assert "1 of 5 closed." in page
    figures = page[page.index('id="stage-figures"') :]
    first = re.findall(r'<th scope="row">([^<]+)</th><td class="number">(\d+)</td>', figures)[0]
    assert first == ("Queued", "3")
    assert "<svg" in page


def test_how_long_it_takes_stands_in_a_picture_and_in_figures(feature: Feature, engineer: User) -> None:
    turning.turn(feature, days=40)
    closure.check(now=timezone.now())
    client, speed = pages.sign_in(engineer), closure.speed(feature=feature, now=timezone.now())
    page = pages.text(client.get(STAGES))
    assert closure.words.speed(speed) in page
    assert "<polyline" in page
    assert "<polygon" in page
    assert "closed within 30 days" in page
    assert speed.never_reached > 0
    assert "Last counted at" in page
    assert "All days were counted anew and compared at" in page
    assert "No forecast" in page or "close at this pace" in page
    for title in ("accepted: verified", "thumbs down", "drafts-1"):
        assert f'<th scope="row">{title}</th>' in page
    assert "fast enough" in pages.text(client.get(VERDICTS))


def test_one_interaction_shows_its_line_of_stages_with_times(feature: Feature, engineer: User) -> None:
    turned = worlds.turn(feature)
    page = pages.text(pages.sign_in(engineer).get(STAGES, {"id": turned.interaction.external_id}))
    assert "It closed in 5 days, by the training run run-1, which made drafts-2." in page
    for moment in ("2026-03-02 09:00 UTC", "2026-03-07 09:00 UTC"):
        assert moment in page
    assert "gen_000001" in page


def test_an_open_interaction_says_what_it_waits_for(feature: Feature, engineer: User) -> None:
    page = pages.text(pages.sign_in(engineer).get(STAGES, {"id": worlds.item(feature).interaction.external_id}))
    assert "It waits to be labeled." in page
    assert page.count("not yet") == 6


def test_an_interaction_at_its_end_says_why(feature: Feature, engineer: User) -> None:
    item = worlds.labeled(feature)
    worlds.export([item], of=feature, on=2, split="validation")
    page = pages.text(pages.sign_in(engineer).get(STAGES, {"id": item.interaction.external_id}))
    assert "it stands in a split that no model is trained on" in page


def test_times_that_ran_backwards_are_named_and_shown_as_reported(feature: Feature, engineer: User) -> None:
    item = worlds.labeled(feature)
    worlds.run(worlds.export([item], of=feature, on=2), on=1.5)
    page = pages.text(pages.sign_in(engineer).get(STAGES, {"id": item.interaction.external_id}))
    assert "Trained: reported for 2026-03-03 21:00:00 UTC" in page
    assert "inconsistent" in page


@pytest.mark.parametrize("wanted", ["gen_9", "<b>x</b>", "a\0b"])
def test_an_unknown_id_is_said_in_words_and_stays_in_the_field(feature: Feature, engineer: User, wanted: str) -> None:
    answer = pages.sign_in(engineer).get(STAGES, {"id": wanted})
    assert answer.status_code == 200
    assert "There is no interaction" in pages.text(answer)
    assert "<b>x</b>" not in answer.content.decode()


def test_an_id_with_any_character_can_be_followed_as_a_link(feature: Feature, engineer: User) -> None:
    item = worlds.item(feature)
    Interaction.objects.filter(pk=item.interaction_id).update(external_id="a/b?c=d&e #1")
    client = pages.sign_in(engineer)
    (link,) = re.findall(r'<a href="(\?feature=[^"]+id=[^"]+)#one"', pages.text(client.get(STAGES)))
    assert "It waits to be labeled." in pages.text(client.get(STAGES + link))


def test_one_chooses_among_one_s_own_features_and_finds_no_other(feature: Feature, engineer: User) -> None:
    chat = cast.feature("support-chat")
    client = pages.sign_in(engineer)
    for address in (VERDICTS, STAGES):
        assert 'name="feature"' not in pages.text(client.get(VERDICTS))
        assert client.get(address, {"feature": chat.slug}).status_code == 404
    both = pages.sign_in(cast.person("eva", roles=["engineer"], features=[feature, chat]))
    assert "support-chat: does the wheel turn?" in pages.text(both.get(VERDICTS, {"feature": chat.slug}))


def test_an_engineer_without_a_feature_is_told_what_to_do(feature: Feature) -> None:
    client = pages.sign_in(cast.person("new", roles=["engineer"]))
    assert "No feature is yours yet" in pages.text(client.get(VERDICTS))
    assert "No feature is yours yet" in pages.text(client.get(STAGES))


def test_only_engineers_and_admins_come_in(annotator: User, adjudicator: User, admin: User, stranger: User) -> None:
    for address in (VERDICTS, STAGES):
        assert pages.sign_in(admin).get(address).status_code == 200
        for other in (annotator, adjudicator, stranger):
            assert pages.sign_in(other).get(address).status_code == 403
