"""`/manage/people/`: what is known of those who label, and each step with what it brings before it is taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.labels import raters
from annotation.models import Feature, Rater, Redecision, User
from tests import crowd
from tests.labels import world
from tests.web import pages

PEOPLE = "/manage/people/"
ME = "/annotate/me/"


@pytest.fixture
def client(admin: User) -> Client:
    return pages.sign_in(admin)


def page_of(user: User, query: str = "") -> str:
    return f"{PEOPLE}{raters.for_user(user).pk}/{query}"


def checked(feature: Feature, who: User, *, right: int, wrong: int) -> None:
    hour = timedelta(hours=1)
    said = [("verified",)] * right + [("unread",)] * wrong
    start = timezone.now() - (right + wrong) * hour
    items = crowd.labeled(feature, said, by=[raters.for_user(who)], now=start, apart=hour)
    crowd.gold(items, "verified")


def confirm(client: Client, user: User, answer: Any) -> Any:
    return client.post(page_of(user, "decide/"), pages.hidden(answer.content.decode(), '/decide/"'), follow=True)


def test_everybody_is_listed_with_figures_and_who_changed_first(
    feature: Feature, annotator: User, annotator2: User, client: Client
) -> None:
    raters.for_user(annotator)
    checked(feature, annotator2, right=20, wrong=4)
    answer = client.get(PEOPLE)
    words, text = pages.words(answer), pages.text(answer)
    assert "1 person labeled. 1 shows a sign of change." in words
    assert text.index(page_of(annotator2)) < text.index(page_of(annotator))
    assert "20 of 24" in words
    assert "sign of change" in words
    assert "too little to say" in words


def test_one_person_is_told_of_in_sentences_and_the_next_step_is_proposed(
    feature: Feature, annotator: User, client: Client
) -> None:
    checked(feature, annotator, right=20, wrong=4)
    words = pages.words(client.get(page_of(annotator)))
    assert "20 of 24 check questions right (likely 65\u201394 %); a sign of change on" in words
    assert "Nobody else labeled the same items." in words
    assert "The rule proposes: Tell them." in words


def test_each_step_says_what_it_brings_then_is_taken_told_and_taken_back(
    feature: Feature, annotator: User, client: Client
) -> None:
    world.label(pages.item(feature), "verified", by=annotator, now=timezone.now())
    for step, brings, told in (
        ("told", "Their labels count as before. Nobody else sees it.", "Please look at the guideline once more"),
        ("double_labeled", "asks one more person", "Somebody else labels your items, too"),
        ("quarantined", "1 label on 1 item so far. Decided by such a label alone: 1 item.", "put aside for now"),
    ):
        asked = client.get(page_of(annotator, f"?step={step}"))
        assert brings in pages.words(asked)
        assert Rater.objects.get(user=annotator).standing != step
        assert "Decided:" in pages.words(confirm(client, annotator, asked))
        assert Rater.objects.get(user=annotator).standing == step
        assert told in pages.words(pages.sign_in(annotator).get(ME))
    assert "Waiting" in pages.words(client.get(page_of(annotator)))
    back = client.get(page_of(annotator, "?step="))
    assert "The labels that were put aside count again: 1 label on 1 item" in pages.words(back)
    confirm(client, annotator, back)
    assert Rater.objects.get(user=annotator).standing == ""
    assert "put aside" not in pages.words(pages.sign_in(annotator).get(ME))
    assert pages.words(client.get(page_of(annotator))).count("UTC ·") == 4
    # Those from which labels count otherwise than before: double, aside, back.
    assert Redecision.objects.count() == 2


def test_labels_can_be_put_aside_from_an_earlier_day_on(feature: Feature, annotator: User, client: Client) -> None:
    now = timezone.now()
    world.label(pages.item(feature), "verified", by=annotator, now=now - timedelta(days=3))
    day = f"{now - timedelta(days=4):%Y-%m-%d}"
    asked = client.get(page_of(annotator, f"?step=quarantined&day={day}"))
    assert f"From {day} (UTC) on the labels of Ann decide nothing: 1 label on 1 item so far." in pages.words(asked)
    confirm(client, annotator, asked)
    found = Rater.objects.get(user=annotator)
    assert found.standing_from is not None
    assert f"{found.standing_from:%Y-%m-%d %H:%M}" == f"{day} 00:00"


def test_a_step_that_somebody_else_took_meanwhile_is_refused(feature: Feature, annotator: User, client: Client) -> None:
    asked = client.get(page_of(annotator, "?step=told"))
    Rater.objects.filter(user=annotator).update(standing="double_labeled", standing_from=timezone.now())
    answer = confirm(client, annotator, asked)
    assert answer.status_code == 409
    assert "somebody has decided about Ann" in pages.words(answer)


def test_rules_and_judges_are_no_people(client: Client, feature: Feature) -> None:
    rule = Rater.objects.create(kind=Rater.Kind.RULE, name="long-answers")
    assert client.get(f"{PEOPLE}{rule.pk}/").status_code == 404
    assert "long-answers" not in pages.words(client.get(PEOPLE))


def test_who_missed_known_answers_lately_is_told_kindly(feature: Feature, annotator: User, annotator2: User) -> None:
    checked(feature, annotator, right=20, wrong=4)
    assert "That happens to everybody" in pages.words(pages.sign_in(annotator).get(ME))
    assert "That happens to everybody" not in pages.words(pages.sign_in(annotator2).get(ME))
