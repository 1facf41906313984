"""Every address as everybody: the status that the table says, and HTML that a strict policy lets live."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.test import Client
from django.urls import reverse

from annotation import access
from annotation.labels import raters
from annotation.models import Feature, User
from tests import addresses, baseline, cast
from tests.web import pages
from tests.web_server import WebServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filled(feature: Feature, annotator: User, settings: LazySettings, tmp_path: Path) -> addresses.Parts:
    settings.STORAGE_FOLDER = tmp_path
    return addresses.filled(feature, annotator, tmp_path)


@pytest.fixture
def outsider(db: None) -> User:
    other = cast.feature("support-chat")
    return cast.person("otto", roles=[access.ANNOTATOR, access.ADJUDICATOR, access.ENGINEER], features=[other])


@pytest.mark.parametrize("who", [*addresses.HEAD, "deactivated"])
def test_each_address_lets_in_whom_the_table_says(
    who: str, filled: addresses.Parts, request: pytest.FixtureRequest
) -> None:
    """Who is refused first, of which the database must show nothing; then the others."""
    client = _client(who, request)
    column = addresses.HEAD.index("visitor" if who == "deactivated" else who)
    wanted = {(method, name): int(row[column]) for method, name, *row in addresses.ROWS}
    refused = [asked for asked in wanted if _is_refusal(asked, wanted[asked], column)]
    before = addresses.held()
    told, faults = {}, {}
    for number, (method, name) in enumerate([*refused, *(asked for asked in wanted if asked not in refused)]):
        if number == len(refused):
            assert addresses.held() == before
        answer = _ask(client, method, reverse(name, kwargs=filled[addresses.parts(name)]))
        told[method, name] = answer.status_code
        if found := list(baseline.faults(answer)):
            faults[method, name] = found
    assert told == wanted
    assert faults == {}


def _client(who: str, request: pytest.FixtureRequest) -> Client:
    if who == "visitor":
        return Client()
    user = request.getfixturevalue("admin" if who == "deactivated" else who)
    client = pages.sign_in(user)
    # Whoever has a page of annotators is known as a rater from then on, be there something for them or not.
    raters.for_user(user)
    User.objects.filter(pk=user.pk).update(is_active=who != "deactivated")
    return client


def _is_refusal(asked: tuple[str, str], status: int, column: int) -> bool:
    """Whether the table says that this is not for this person: pages send visitors to sign in, with 302."""
    return status in (401, 403, 404) or (status == 302 and addresses.HEAD[column] == "visitor")


def test_the_table_has_every_address() -> None:
    known = {name for _, name, *_ in addresses.ROWS}
    # What has no name stands in for a page of allauth, under its address.
    assert {pattern.name for _, pattern in addresses.patterns()} - {None} == known


def test_an_address_takes_no_method_that_the_table_does_not_have(filled: addresses.Parts) -> None:
    """But for HEAD, which is GET without its body. allauth's pages tell their methods to who asks for OPTIONS."""
    client, told = Client(), {}
    known = {(method, name) for method, name, *_ in addresses.ROWS}
    for name in sorted({name for _, name in known}):
        address = reverse(name, kwargs=filled[addresses.parts(name)])
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            if (method, name) not in known and not name.startswith(("account_", "mfa_", "sso_")):
                told[method, name] = client.generic(method, address).status_code
    assert {asked: status for asked, status in told.items() if status != 405} == {}
    assert len(told) > 800


def test_no_session_opens_the_api(admin: User) -> None:
    """Nor could a page of somebody else's make a signed-in browser call it."""
    client = pages.sign_in(admin)
    document = client.get("/api/v1/openapi.json").json()
    told = {
        (method, path): _ask(client, method.upper(), path.format(feature="a", id="b", name="c", slug="d", ordinal=1))
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert {answer.status_code for answer in told.values()} == {401}
    assert [fault for answer in told.values() for fault in baseline.faults(answer)] == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere/", 404),
        ("/insights/?feature=%00", 404),
        ("/annotate/a.b/label/", 405),
        ("/crash/", 500),
        ("/too-large/", 400),
        ("/form/", 403),
    ],
)
@pytest.mark.urls("tests.web.crash_urls")
def test_pages_of_errors_say_it_in_words_under_the_same_policy(admin: User, address: str, status: int) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(admin)
    answer = client.post(address) if address == "/form/" else client.get(address)
    assert answer.status_code == status
    assert 'class="lead"' in pages.text(answer)
    assert "secret" not in pages.text(answer)
    assert list(baseline.faults(answer)) == []


@pytest.mark.parametrize("address", ["/api/v1/nowhere", "/api/v2/", "/otlp/v1/nowhere", "/otlp/v1/traces"])
def test_errors_of_machines_are_under_the_same_policy(db: None, address: str) -> None:
    answer = Client().get(address)
    assert answer.status_code in (404, 405)
    assert list(baseline.faults(answer)) == []


def test_in_production_everything_goes_by_https_and_no_answer_names_a_version(tmp_path: Path) -> None:
    with WebServer(tmp_path, workers=1, settings={"HTTPS": "true"}) as server:
        page, static, api = (
            urllib.request.urlopen(urllib.request.Request(server.url + address, headers={"X-Forwarded-Proto": "https"}))
            for address in ("/accounts/login/", "/static/annotation/base.css", "/api/v1/openapi.json")
        )
    for answer in (page, static, api):
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        assert {name: answer.headers[name] for name in baseline.ALWAYS} == baseline.ALWAYS
        assert not re.search(r"\d", answer.headers.get("Server", ""))
        assert "X-Powered-By" not in answer.headers
    (cookie,) = page.headers.get_all("Set-Cookie")
    assert cookie.startswith("csrftoken=")
    assert "; Secure" in cookie
    assert "max-age=604800" in static.headers["Cache-Control"]
    assert (settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE) == (True, "Lax")


def _ask(client: Client, method: str, address: str) -> Any:
    """An empty form has a token all the same, as one that a browser sends."""
    if method != "POST":
        return client.generic(method, address)
    return client.post(address, {"csrfmiddlewaretoken": "x"}, headers=pages.SCRIPT)
