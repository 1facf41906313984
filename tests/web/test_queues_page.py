"""`/annotate/`: which queues are mine, and how much waits in each."""

from __future__ import annotations

from annotation.models import Feature, User
from tests import cast, stock
from tests.web import pages


def test_each_of_my_queues_says_how_much_waits_and_how_much_i_did(feature: Feature, annotator: User) -> None:
    stock.items(feature, 3)
    client = pages.sign_in(annotator)
    pages.label(client, feature)
    page = pages.text(client.get("/annotate/"))
    assert '<strong class="number">2</strong> <span class="meta">open for you' in page
    assert '<strong class="number">1</strong> <span class="meta">labeled today' in page


def test_a_queue_of_a_feature_that_i_am_no_member_of_is_not_there(feature: Feature, annotator: User) -> None:
    other = cast.feature("secret-project")
    client = pages.sign_in(annotator)
    assert "secret-project" not in pages.text(client.get("/annotate/"))
    assert client.get(pages.desk(other)).status_code == 404


def test_without_a_queue_the_page_says_whom_to_ask(feature: Feature) -> None:
    lonely = cast.person("lone", roles=["annotator"])
    assert "Ask an admin" in pages.text(pages.sign_in(lonely).get("/annotate/"))


def test_others_hold_the_last_ones_is_said(feature: Feature, annotator: User, annotator2: User) -> None:
    stock.items(feature, 1)
    pages.take(pages.sign_in(annotator), feature)
    assert "Somebody else holds the last one" in pages.text(pages.sign_in(annotator2).get("/annotate/"))
