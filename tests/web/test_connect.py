"""`/insights/connect/`: how to send, with one's own address and token filled in, and whether records arrive."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation import access
from annotation.models import ApiToken, AuditEvent, Feature, User
from tests import cast
from tests.ingest.sent import interaction, later
from tests.web import pages

CONNECT, TOKEN = "/insights/connect/", "/insights/connect/token/"


def _asks(page: str) -> str:
    """The address at which the page asks whether anything came."""
    found = re.search(r'id="arrivals"[^>]* hx-get="([^"]+)"', page)
    assert found
    return found[1]


def _send(feature: Feature, *, secret: str) -> Any:
    return cast.Machine(secret).post("/interactions", interaction(feature=feature.slug))


def test_examples_name_the_readers_own_address_and_feature(feature: Feature, engineer: User) -> None:
    page = pages.text(pages.sign_in(engineer).get(CONNECT, headers={"host": "localhost:8123"}))
    assert page.count("http://localhost:8123/") >= 4
    assert "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:8123/otlp/v1/traces" in page
    assert "flywheel.feature=email-drafts" in page


def test_without_a_token_the_examples_read_it_from_the_environment(feature: Feature, engineer: User) -> None:
    page = pages.text(pages.sign_in(engineer).get(CONNECT))
    for reads in ("Bearer $FLYWHEEL_TOKEN", 'os.environ["FLYWHEEL_TOKEN"]', "process.env.FLYWHEEL_TOKEN"):
        assert reads in page
    assert "fw_" not in page


def test_a_token_made_here_sends_for_this_feature_and_does_nothing_else(feature: Feature, engineer: User) -> None:
    other = cast.feature("support-chat")
    page = pages.text(pages.sign_in(engineer).post(TOKEN))
    (secret,) = set(re.findall(r"fw_[\w-]+", page))
    assert "FLYWHEEL_TOKEN" not in page
    assert _send(feature, secret=secret).json()["accepted"] == 1
    assert _send(other, secret=secret).json()["refused"][0]["code"] == "forbidden_feature"
    assert cast.Machine(secret).get("/closure", feature=feature.slug).status_code == 403
    token = ApiToken.objects.get()
    assert (token.scopes, token.feature, token.created_by) == (["ingest"], feature, engineer)
    assert AuditEvent.objects.get(verb="token.created").user == engineer


def test_a_token_is_shown_once(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    made = client.post(TOKEN)
    (secret,) = set(re.findall(r"fw_[\w-]+", pages.text(made)))
    assert "no-store" in made["Cache-Control"]
    assert secret not in pages.text(client.get(CONNECT))


def test_nobody_makes_a_token_for_a_feature_of_others(feature: Feature, engineer: User, annotator: User) -> None:
    other = cast.feature("support-chat")
    assert pages.sign_in(engineer).post(f"{TOKEN}?feature={other.slug}").status_code == 404
    for user, wanted in ((engineer, other), (annotator, feature)):
        with pytest.raises(access.NotYourFeature, match="Ask an admin"):
            access.create_sender_token(person=access.Person(user), feature=wanted, now=cast.NOW)
    assert not ApiToken.objects.exists()


def test_the_page_turns_green_when_the_first_record_arrives(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    page = pages.text(client.get(CONNECT))
    assert "Waiting for the first record." in page
    assert "None has ever arrived for email-drafts." in page
    asks = _asks(page)
    assert client.get(asks, headers=pages.SCRIPT).status_code == 204
    _send(feature, secret=cast.token("ingest")[1])
    news = client.get(asks, headers=pages.SCRIPT)
    fragment = pages.text(news)
    assert news.status_code == 200
    assert "<html" not in fragment
    assert "It works: a record has arrived." in fragment
    assert "in the last hour came 1." in fragment
    assert f"?feature={feature.slug}&id=gen_1#one" in fragment
    assert "hx-get" not in fragment


def test_without_scripts_the_page_is_green_when_it_is_loaded_again(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    found = re.search(r'<noscript><p><a class="button" href="([^"]+)"', pages.text(client.get(CONNECT)))
    assert found
    assert "Waiting for the first record." in pages.text(client.get(found[1]))
    _send(feature, secret=cast.token("ingest")[1])
    assert "It works: a record has arrived." in pages.text(client.get(found[1]))


def test_what_arrived_before_is_told_at_once_and_turns_nothing_green(feature: Feature, engineer: User) -> None:
    _send(feature, secret=cast.token("ingest")[1])
    page = pages.text(pages.sign_in(engineer).get(CONNECT))
    assert "Waiting for the next record." in page
    assert "Records have arrived before." in page
    assert "in the last hour came 1." in page


def test_records_of_another_feature_turn_nothing_green(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    asks = _asks(pages.text(client.get(CONNECT)))
    _send(cast.feature("support-chat"), secret=cast.token("ingest")[1])
    assert client.get(asks, headers=pages.SCRIPT).status_code == 204


def test_a_sender_that_is_refused_is_told_apart_from_none(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    page = pages.text(client.post(TOKEN))
    (secret,) = set(re.findall(r"fw_[\w-]+", page))
    assert cast.Machine(secret).post("/interactions", interaction(occurred_at="yesterday")).status_code == 422
    news = pages.text(client.get(_asks(page), headers=pages.SCRIPT))
    assert "A sender knocked, and nothing was stored." in news
    assert client.get(_asks(news), headers=pages.SCRIPT).status_code == 204
    _send(feature, secret=secret)
    assert "It works" in pages.text(client.get(_asks(news), headers=pages.SCRIPT))


def test_signals_that_wait_are_counted(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    assert "waits for its interaction" not in pages.text(client.get(CONNECT))
    cast.machine().post("/signals", later("nowhere"))
    assert "1 signal waits for its interaction" in pages.text(client.get(CONNECT))


@pytest.mark.parametrize("since", ["", "yesterday", "2026-03-02T09:00:00", "9999-99-99T00:00:00Z", "%00"])
def test_an_unreadable_moment_counts_as_now(feature: Feature, engineer: User, since: str) -> None:
    _send(feature, secret=cast.token("ingest")[1])
    page = pages.text(pages.sign_in(engineer).get(f"{CONNECT}?since={since}"))
    assert "Waiting for the next record." in page


def test_records_that_came_since_an_hour_ago_are_counted_and_older_ones_named(feature: Feature, engineer: User) -> None:
    _send(feature, secret=cast.token("ingest")[1])
    feature.interaction_set.update(ingested_at=timezone.now() - timedelta(hours=2))
    page = pages.text(pages.sign_in(engineer).get(CONNECT))
    assert "in the last hour came 0." in page


def test_who_has_no_feature_is_told_who_makes_one(feature: Feature) -> None:
    page = pages.text(pages.sign_in(cast.person("new", roles=["engineer"])).get(CONNECT))
    assert "no feature is yours yet" in page
    assert "An admin has one" in page


def test_an_admin_without_any_feature_is_told_how_to_make_one(db: None) -> None:
    client = pages.sign_in(cast.person("ada", roles=["admin"]))
    page = pages.text(client.get(CONNECT))
    assert "http://testserver/api/v1/features" in page
    assert 'href="/manage/tokens/"' in page
    assert client.post(TOKEN).status_code == 404


def test_an_empty_installation_leads_here(admin: User, feature: Feature) -> None:
    client = pages.sign_in(admin)
    assert f'href="{CONNECT}?feature=email-drafts"' in pages.text(client.get("/insights/"))
    new = pages.sign_in(cast.person("new", roles=["engineer"]))
    assert f'class="button" href="{CONNECT}"' in pages.text(new.get("/insights/"))
