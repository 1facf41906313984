"""The guide beside an item: the queue's guideline, and what each reason means in the version of the item's form."""

from __future__ import annotations

import pytest
from django.test import Client

from annotation import audit, taxonomy
from annotation.models import Feature, Queue, Reason, SignalKind, TaxonomyVersion, User
from tests import stock
from tests.cast import NOW
from tests.web import pages
from tests.web.pages import SCRIPT


@pytest.fixture
def client(annotator: User) -> Client:
    return pages.sign_in(annotator)


def guide(feature: Feature, query: str = "kind=accepted") -> str:
    return pages.desk(feature, "guide") + f"?{query}"


def published(number: int, *, examples: list[str]) -> TaxonomyVersion:
    version = TaxonomyVersion.objects.create(number=number, created_at=NOW)
    SignalKind.objects.create(taxonomy_version=version, kind="accepted", polarity="positive", position=0)
    Reason.objects.bulk_create(
        Reason(
            taxonomy_version=version,
            signal_kind="accepted",
            code=code,
            title=code.capitalize(),
            definition="Looked up & found right.",
            outcome=outcome,
            key=str(key),
            position=key,
            examples=examples,
        )
        for key, (code, outcome) in enumerate([("checked", "good"), ("wrong", "bad")], start=1)
    )
    taxonomy.publish(version=version, actor=audit.FLYWHEEL, now=NOW)
    return version


def test_the_item_links_to_the_guide_of_its_kind_in_its_version(client: Client, feature: Feature) -> None:
    stock.items(feature, 1, kind="edited")
    page = pages.take(client, feature).content.decode()
    assert f'href="{guide(feature, "kind=edited&amp;version=1")}"' in page
    assert 'data-key="h"' in page


def test_guideline_and_examples_are_markdown_that_can_do_no_harm(client: Client, feature: Feature) -> None:
    Queue.objects.update(guideline="# First\n\n*Facts* <script>alert(1)</script>")
    published(2, examples=["The user wrote **thanks**.", "<img src=x onerror=alert(1)>"])
    page = client.get(guide(feature)).content.decode()
    assert '<h3 dir="auto">First</h3>' in page
    assert "<em>Facts</em>" in page
    assert "Looked up &amp; found right." in page
    assert "<strong>thanks</strong>" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "taxonomy version 2" in page


def test_an_item_shown_before_a_version_was_published_is_explained_by_the_one_before(
    client: Client, feature: Feature
) -> None:
    published(2, examples=[])
    page = pages.text(client.get(guide(feature, "kind=accepted&version=1")))
    assert "taxonomy version 1" in page
    assert "Unread" in page
    assert "Checked" not in page
    for wrong in ("9", "x", "²", "9" * 30):
        assert client.get(guide(feature, f"kind=accepted&version={wrong}")).status_code == 404


def test_a_script_gets_the_content_alone(client: Client, feature: Feature) -> None:
    page = client.get(guide(feature), headers=SCRIPT).content.decode()
    assert "<html" not in page
    assert "What each reason means" in page
    assert "Nobody has written a guideline for this queue yet." in page


def test_adjudicators_see_it_and_others_do_not(
    adjudicator: User, engineer: User, stranger: User, feature: Feature, annotator: User, annotator2: User
) -> None:
    Queue.objects.get().members.add(annotator)
    told = {
        user.name: pages.sign_in(user).get(guide(feature)).status_code
        for user in (annotator, annotator2, adjudicator, engineer, stranger)
    }
    assert told == {"Ann": 200, "Ben": 404, "Cleo": 200, "Eve": 403, "Sid": 403}
