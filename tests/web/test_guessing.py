"""Passwords can't be guessed by trying, and trying tells nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.test import Client, RequestFactory

from annotation.models import AuditEvent, User
from annotation.web import client as clients
from tests import cast
from tests.web import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords", "nothing_tried_yet")]

SIGN_IN, ACCOUNTS = "/accounts/login/", "/manage/accounts/"


@pytest.fixture
def grace(db: None) -> User:
    return cast.person("grace")


def tried(password: str = "wrong", *, email: str = "grace@example.com", address: str = "192.0.2.1") -> tuple[int, str]:
    """The status, and the page without what differs between any two."""
    answer = Client(REMOTE_ADDR=address).post(SIGN_IN, {"login": email, "password": password})
    return answer.status_code, re.sub(r'csrfmiddlewaretoken" value="\w+|value="\S+@\S+"', "", pages.text(answer))


def guess(times: int = 5, **named: str) -> list[int]:
    return [tried(**named)[0] for _ in range(times)]


def test_after_five_wrong_passwords_the_right_one_is_refused_too(grace: User) -> None:
    assert guess() == [200] * 4 + [429]
    status, page = tried(cast.PASSWORD)
    assert status == 429
    assert re.search(r"You may try again at \d\d:\d\d UTC, in 15 min", page)


def test_the_lock_is_of_the_account_and_the_address_together(grace: User) -> None:
    cast.person("hugo")
    guess()
    assert tried(cast.PASSWORD, address="192.0.2.2")[0] == 302
    assert tried(cast.PASSWORD, email="hugo@example.com")[0] == 302
    assert tried(cast.PASSWORD, email="Grace@Example.com")[0] == 429


def test_trying_on_does_not_make_the_waiting_longer_and_it_ends(grace: User) -> None:
    guess()
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=14))
    status, page = tried(cast.PASSWORD)
    assert status == 429
    assert re.search(r"in \d\d s\.", page)
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=2))
    assert tried(cast.PASSWORD)[0] == 302


def test_a_success_forgets_what_was_wrong_before(grace: User) -> None:
    guess(4)
    assert tried(cast.PASSWORD)[0] == 302
    assert guess(4) == [200] * 4


def test_nothing_tells_whether_an_account_exists(grace: User) -> None:
    known = [tried() for _ in range(6)]
    unknown = [tried(email="nobody@example.com") for _ in range(6)]
    assert [status for status, _ in known] == [status for status, _ in unknown]
    assert list(map(timeless, known)) == list(map(timeless, unknown))
    assert timeless(known[-1]) != known[-1][1]


def timeless(told: tuple[int, str]) -> str:
    """The page without the time until when it is locked: a minute may have begun between two of them."""
    return re.sub(r"\d\d:\d\d UTC, in [\w ]+", "", told[1])


def test_neither_passwords_nor_what_was_typed_as_an_account_are_kept(grace: User) -> None:
    guess(5, password="hunter2-hunter2", email="my password by mistake@example.com")
    kept = repr(list(AccessAttempt.objects.values()))
    assert "hunter2" not in kept
    assert "mistake" not in kept


def test_an_admin_sees_who_is_locked_out_and_releases(grace: User) -> None:
    admin = cast.person("ada", roles=["admin"])
    guess()
    guess(email="nobody@example.com")
    client = pages.sign_in(admin)
    page = client.get(ACCOUNTS)
    assert "Grace from 192.0.2.1, until" in pages.words(page)
    assert "an address that has no account from 192.0.2.1" in pages.words(page)
    assert "nobody@example.com" not in pages.text(page)
    start = pages.text(page).index(">Grace</a>")
    form = dict(re.findall(r'name="(name|address)" value="([^"]+)"', pages.text(page)[start - 400 : start]))
    client.post(f"{ACCOUNTS}release/", form)
    assert tried(cast.PASSWORD)[0] == 302
    event = AuditEvent.objects.get(verb="lockout.released")
    assert (event.user, event.target_id) == (admin, str(grace.pk))
    assert tried(email="nobody@example.com")[0] == 429
    assert "Nothing is locked" in pages.text(client.post(f"{ACCOUNTS}release/", form, follow=True))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.7"),
        (1, "", "192.0.2.7"),
        (1, "nonsense", "192.0.2.7"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxies_saw(
    settings: LazySettings, proxies: int, forwarded: str, found: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", headers={"X-Forwarded-For": forwarded})
    assert clients.address(request) == found


def test_a_proxy_on_a_socket_without_a_header_is_one_place_for_all(settings: LazySettings) -> None:
    assert clients.address(RequestFactory().get("/", REMOTE_ADDR="")) == clients.NOWHERE


def test_who_claims_another_address_each_time_is_locked_all_the_same(grace: User, settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(5):
        header = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"}
        Client(headers=header).post(SIGN_IN, {"login": grace.email, "password": "wrong"})
    header = {"X-Forwarded-For": "198.51.100.77, 203.0.113.9"}
    answer = Client(headers=header).post(SIGN_IN, {"login": grace.email, "password": cast.PASSWORD})
    assert answer.status_code == 429


def test_one_address_that_tries_many_accounts_is_slowed_down() -> None:
    seen = [tried(email=f"person{number}@example.com") for number in range(22)]
    assert "Too many wrong tries from here" in seen[-1][1] or seen[-1][0] == 429
    assert "Too many wrong tries from here" not in seen[10][1]
