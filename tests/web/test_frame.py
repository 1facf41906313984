"""What every page has: the way in, the way around, and words for what goes wrong."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import Settings

from annotation import access, audit
from annotation.models import Feature, User
from annotation.web import navigation
from tests import cast
from tests.cast import PASSWORD
from tests.web import pages


@pytest.fixture
def visitor(stranger: User) -> Client:
    """The stranger, signed in."""
    return pages.sign_in(stranger)


def test_a_visitor_signs_in_and_comes_back_to_the_page_that_was_asked_for(client: Client, stranger: User) -> None:
    asked = client.get("/")
    assert asked.headers["Location"] == "/accounts/login/?next=%2F"
    sent = client.post(asked.headers["Location"], {"login": stranger.email, "password": PASSWORD, "next": "/"})
    assert sent.headers["Location"] == "/"
    assert "no role yet" in client.get("/").content.decode()


def test_a_wrong_password_is_said_in_words_and_the_email_stays(client: Client, stranger: User) -> None:
    page = client.post("/accounts/login/", {"login": stranger.email, "password": "wrong"}).content.decode()
    assert "The email address or the password is wrong" in page
    assert f'value="{stranger.email}"' in page


def test_the_demo_says_where_its_accounts_are_and_others_do_not(client: Client, db: None, settings: Settings) -> None:
    assert "make demo" not in client.get("/accounts/login/").content.decode()
    settings.DEMO = True
    assert "make demo" in client.get("/accounts/login/").content.decode()


def test_signing_out_is_a_form(visitor: Client) -> None:
    assert visitor.get("/accounts/logout/").status_code == 200
    assert visitor.get("/").status_code == 200
    visitor.post("/accounts/logout/")
    assert visitor.get("/").status_code == 302


@pytest.mark.parametrize("address", ["/accounts/password/change/", "/accounts/email/", "/accounts/password/reset/"])
def test_the_account_pages_stand_in_the_same_frame(visitor: Client, address: str) -> None:
    page = visitor.get(address, follow=True).content.decode()
    assert 'class="brand"' in page
    assert 'id="main"' in page


@pytest.mark.parametrize("address", ["/accounts/email/", "/accounts/password/reset/key/a-b/"])
def test_what_is_not_done_by_mail_says_where_to_go_instead(visitor: Client, address: str) -> None:
    answer = visitor.post(address, {"email": "sid@example.com"})
    assert answer.status_code == 404
    assert "/accounts/password/reset/." in answer.content.decode()
    assert '<a class="button" href="/">' in answer.content.decode()
    assert not mail.outbox


@pytest.mark.parametrize("address", ["/annotate/%00/", "/annotate/history/%00/", "/review/?after=%00"])
def test_an_address_that_no_text_can_hold_is_said_in_words(adjudicator: User, address: str) -> None:
    answer = pages.sign_in(adjudicator).get(address)
    assert answer.status_code == 400
    assert "U+0000" in answer.content.decode()


def test_an_unknown_address_is_said_in_words(client: Client, db: None) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_no_page_has_inline_script_or_style_and_the_policy_forbids_them(client: Client, db: None) -> None:
    answer = client.get("/accounts/login/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", answer.content.decode())


def test_sample_data_is_named_on_the_pages_of_its_feature_only(feature: Feature, annotator: User) -> None:
    client = pages.sign_in(annotator)
    assert "Sample data" not in client.get("/annotate/").content.decode()
    Feature.objects.filter(pk=feature.pk).update(is_sample=True)
    assert "Sample data" in client.get("/annotate/").content.decode()
    other = cast.feature("support-chat")
    access.give(user=annotator, roles=[], features=[other], actor=audit.FLYWHEEL, now=cast.NOW)
    assert "Sample data" in client.get("/annotate/email-drafts.default/").content.decode()
    assert "Sample data" not in client.get("/annotate/support-chat.default/").content.decode()


@pytest.mark.parametrize(("who", "address"), [("annotator", "/annotate/"), ("adjudicator", "/review/")])
def test_home_sends_each_person_to_their_work(who: str, address: str, request: pytest.FixtureRequest) -> None:
    assert pages.sign_in(request.getfixturevalue(who)).get("/").headers["Location"] == address


def test_every_link_of_the_navigation_leads_to_a_page(admin: User) -> None:
    client = pages.sign_in(admin)
    links = navigation.links(access.Person(admin), "/")
    assert {client.get(link.url).status_code for link in links} == {200}


def test_the_navigation_offers_only_pages_of_ones_own_roles(annotator: User, adjudicator: User) -> None:
    offered = [link.url for link in navigation.links(access.Person(annotator), "/annotate/history/")]
    assert offered == ["/annotate/", "/annotate/history/", "/annotate/me/", "/annotate/mended/"]
    assert "/review/" in [link.url for link in navigation.links(access.Person(adjudicator), "/")]


@pytest.mark.parametrize(
    ("who", "path", "marked"),
    [
        ("annotator", "/annotate/history/itm_1/", ["/annotate/history/"]),
        ("admin", "/insights/loops/", ["/insights/"]),
        ("admin", "/manage/invitations/", ["/manage/accounts/"]),
        ("admin", "/account/", []),
    ],
)
def test_the_page_that_one_is_on_is_marked_in_the_navigation(
    who: str, path: str, marked: list[str], request: pytest.FixtureRequest
) -> None:
    links = navigation.links(access.Person(request.getfixturevalue(who)), path)
    assert [link.url for link in links if link.is_current] == marked


def test_the_pages_of_insights_are_offered_on_each_of_them_for_the_same_feature(admin: User, feature: Feature) -> None:
    cast.feature("a-first-one")
    client = pages.sign_in(admin)
    offered = [link.url for link in navigation.beside("insights", "/insights/")]
    assert len(offered) == 7
    for address in offered:
        page = client.get(address, {"feature": feature.slug}).content.decode()
        shown = re.findall(
            r'<a href="([^"?]+)\?feature=email-drafts"( aria-current="page")?>', page[: page.index("<h1")]
        )
        assert shown == [(url, ' aria-current="page"' if url == address else "") for url in offered]
        assert re.search(r'<a href="/insights/" aria-current="page">Insights<', page)


def test_who_has_many_pages_finds_them_by_what_they_are_about(admin: User, annotator: User) -> None:
    groups = navigation.groups(access.Person(admin), "/manage/tokens/")
    assert [(str(group.title), group.is_current) for group in groups] == [
        ("Label", False),
        ("Insights", False),
        ("Manage", True),
    ]
    assert [link.url for group in groups for link in group.links] == [
        link.url for link in navigation.links(access.Person(admin), "/manage/tokens/")
    ]
    assert all(len(group.links) == 1 for group in navigation.groups(access.Person(annotator), "/annotate/"))
    page = pages.sign_in(admin).get("/manage/tokens/").content.decode()
    assert page.count("<summary>Manage</summary>") == 1


def test_a_page_of_another_role_is_refused_in_words(annotator: User) -> None:
    answer = pages.sign_in(annotator).get("/review/")
    assert answer.status_code == 403
    assert "for people with the role adjudicator" in answer.content.decode()
    assert "<h1>You may not open this page</h1>" in answer.content.decode()


def test_without_a_worker_the_banner_says_what_to_start() -> None:
    said = render_to_string("components/no_worker.html", {"workers": []})
    assert "No worker is running" in said
    assert "celery -A flywheel_app worker" in said
    assert render_to_string("components/no_worker.html", {"workers": ["one"]}).strip() == ""


def test_a_form_with_a_stale_token_gets_its_text_back(stranger: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(stranger)
    answer = strict.post("/", {"comment": "half an hour of thought"})
    assert answer.status_code == 403
    assert "half an hour of thought" in answer.content.decode()


def test_a_script_with_a_stale_token_gets_a_fragment_for_its_place_of_troubles(stranger: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(stranger)
    answer = strict.post("/", {"comment": "kept"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (403, "#trouble")
    assert "<html" not in answer.content.decode()
