"""A second factor beside the password: set up, asked for, lost, and required where a setting says so."""

from __future__ import annotations

import base64
import hmac
import re
import time
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.test import Client

from annotation.models import AuditEvent, User
from tests import cast
from tests.web import pages

pytestmark = pytest.mark.usefixtures("quick_passwords", "nothing_tried_yet")

SET_UP, ASKED = "/accounts/2fa/totp/activate/", "/accounts/2fa/authenticate/"


def code(secret: str, *, later: int = 0) -> str:
    """What an app shows, as RFC 6238 says; `later`: in so many half minutes. A code works once."""
    count = int(time.time()) // 30 + later
    found = hmac.digest(base64.b32decode(secret), count.to_bytes(8, "big"), "sha1")
    start = found[-1] & 15
    return f"{(int.from_bytes(found[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def sign_in(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": cast.PASSWORD})
    return client


def set_up(client: Client) -> tuple[str, list[str]]:
    """The app's key, and the recovery codes."""
    client.post("/accounts/reauthenticate/", {"password": cast.PASSWORD})
    page = pages.text(client.get(SET_UP))
    found = re.search(r'id="key" class="secret" value="(\w+)"', page)
    assert found
    answer: Any = client.post(SET_UP, {"code": code(found[1])}, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/2fa/recovery-codes/"
    return found[1], re.findall(r"<code>(\d+)</code>", pages.text(answer))


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def verbs() -> list[str]:
    return list(AuditEvent.objects.filter(verb__startswith="second").order_by("pk").values_list("verb", flat=True))


def test_who_has_a_second_factor_needs_both(stranger: User) -> None:
    secret, codes = set_up(sign_in(stranger))
    assert len(codes) == 10
    client = sign_in(stranger)
    assert not is_in(client)
    wrong = client.post(ASKED, {"code": "000000"})
    assert "The code is wrong" in pages.text(wrong)
    assert not is_in(client)
    fresh = {"code": code(secret, later=1)}
    client.post(ASKED, fresh)
    assert is_in(client)
    again = sign_in(stranger)
    assert "The code is wrong" in pages.text(again.post(ASKED, fresh))
    assert verbs() == ["second_factor.set_up"]


def test_a_recovery_code_signs_in_once(stranger: User) -> None:
    _, codes = set_up(sign_in(stranger))
    client, again = sign_in(stranger), sign_in(stranger)
    client.post(ASKED, {"code": codes[0]})
    again.post(ASKED, {"code": codes[0]})
    assert (is_in(client), is_in(again)) == (True, False)


def test_new_codes_end_the_old_ones(stranger: User) -> None:
    client = sign_in(stranger)
    _, codes = set_up(client)
    page = pages.text(client.post("/accounts/2fa/recovery-codes/generate/", follow=True))
    fresh = re.findall(r"<code>(\d+)</code>", page)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    other = sign_in(stranger)
    other.post(ASKED, {"code": codes[0]})
    assert not is_in(other)
    assert verbs() == ["second_factor.set_up", "second_factor.codes_made"]


def test_a_thief_of_the_database_can_make_no_codes(stranger: User) -> None:
    secret, codes = set_up(sign_in(stranger))
    stored = repr(list(Authenticator.objects.values_list("data", flat=True)))
    assert [one for one in (secret, *codes) if one in stored] == []
    assert len(base64.b32decode(secret)) == 20


def test_a_factor_is_not_changed_by_who_finds_a_browser_open(stranger: User) -> None:
    client = pages.sign_in(stranger)
    for answer in (client.get(SET_UP), client.post(SET_UP, {"code": "1"})):
        assert answer.status_code == 302
        assert unquote(answer.headers["Location"]).startswith("/accounts/reauthenticate/")
    page = client.get(client.get(SET_UP).headers["Location"])
    assert "say your password once more" in pages.text(page)
    client.post("/accounts/reauthenticate/", {"password": cast.PASSWORD})
    assert client.get(SET_UP).status_code == 200


@pytest.mark.parametrize(
    ("asked_of", "admins", "others"), [("optional", 200, 200), ("admins", 302, 200), ("everybody", 302, 302)]
)
def test_of_whom_it_is_asked_is_led_to_where_it_is_set_up(
    asked_of: str, admins: int, others: int, admin: User, annotator: User, settings: LazySettings
) -> None:
    settings.SECOND_FACTOR = asked_of
    for user, status, address in ((admin, admins, "/manage/tokens/"), (annotator, others, "/annotate/")):
        client = sign_in(user)
        answer = client.get(address)
        assert answer.status_code == status
        if status == 302:
            assert answer.headers["Location"] == "/accounts/2fa/"
            assert "asks you for a second factor" in pages.text(client.get("/accounts/2fa/"))
            sent = client.post("/account/end-others/")
            assert (sent.status_code, "asks for a second factor" in pages.text(sent)) == (403, True)
            set_up(client)
            assert client.get(address).status_code == 200


def test_an_admin_forgets_what_somebody_has_lost(stranger: User, admin: User) -> None:
    theirs = sign_in(stranger)
    set_up(theirs)
    client = pages.sign_in(admin)
    address = f"/manage/accounts/{stranger.pk}/"
    assert "They sign in with a code" in pages.text(client.get(address))
    client.post(f"{address}forget-factor/")
    assert not is_in(theirs)
    assert is_in(sign_in(stranger))
    assert AuditEvent.objects.get(verb="second_factor.reset").user == admin
    assert "There was no second factor" in pages.text(client.post(f"{address}forget-factor/", follow=True))


def test_it_can_be_removed_again(stranger: User) -> None:
    client = sign_in(stranger)
    set_up(client)
    client.post("/accounts/2fa/totp/deactivate/")
    assert is_in(sign_in(stranger))
    assert verbs() == ["second_factor.set_up", "second_factor.removed"]
    assert not Authenticator.objects.exists()
