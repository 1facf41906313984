"""What every page has: the way in, the way around, and words for what goes wrong."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from annotation.models import Feature, User
from tests.web.conftest import SignIn, person

PASSWORD = "a long pass phrase"


@pytest.fixture
def ann(drafts: Feature) -> User:
    user = person("ann@example.com", features=[drafts])
    user.set_password(PASSWORD)
    user.save()
    return user


def test_a_visitor_signs_in_and_comes_back_to_the_page_that_was_asked_for(client: Client, ann: User) -> None:
    asked = client.get("/")
    assert asked.headers["Location"] == "/accounts/login/?next=%2F"
    sent = client.post(asked.headers["Location"], {"login": ann.email, "password": PASSWORD, "next": "/"})
    assert sent.headers["Location"] == "/"
    assert "no role yet" in client.get("/").content.decode()


def test_a_wrong_password_is_said_in_words_and_the_email_stays(client: Client, ann: User) -> None:
    page = client.post("/accounts/login/", {"login": ann.email, "password": "wrong"}).content.decode()
    assert "not correct" in page
    assert f'value="{ann.email}"' in page


def test_the_demo_says_where_its_accounts_are_and_others_do_not(client: Client, db: None, settings: Settings) -> None:
    assert "make demo" not in client.get("/accounts/login/").content.decode()
    settings.DEMO = True
    assert "make demo" in client.get("/accounts/login/").content.decode()


def test_signing_out_is_a_form(sign_in: SignIn) -> None:
    client = sign_in("ann")
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("address", ["/accounts/password/change/", "/accounts/email/", "/accounts/password/reset/"])
def test_the_account_pages_stand_in_the_same_frame(sign_in: SignIn, address: str) -> None:
    page = sign_in("ann").get(address, follow=True).content.decode()
    assert 'class="brand"' in page
    assert 'id="main"' in page


def test_an_unknown_address_is_said_in_words(client: Client, db: None) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_no_page_has_inline_script_or_style_and_the_policy_forbids_them(client: Client, db: None) -> None:
    answer = client.get("/accounts/login/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", answer.content.decode())


def test_sample_data_is_named_on_the_pages_of_its_feature_only(drafts: Feature, sign_in: SignIn) -> None:
    client = sign_in("ann")
    assert "Sample data" not in client.get("/").content.decode()
    Feature.objects.filter(pk=drafts.pk).update(is_sample=True)
    assert "Sample data" in client.get("/").content.decode()


def test_a_form_with_a_stale_token_gets_its_text_back(ann: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    answer = strict.post("/", {"comment": "half an hour of thought"})
    assert answer.status_code == 403
    assert "half an hour of thought" in answer.content.decode()


def test_a_script_with_a_stale_token_gets_a_fragment_for_its_place_of_troubles(ann: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    answer = strict.post("/", {"comment": "kept"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (403, "#trouble")
    assert "<html" not in answer.content.decode()
