"""A forgotten password: a link by mail or from an admin, which opens once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.test import Client

from annotation import tasks
from annotation.access import passwords
from annotation.models import AuditEvent, User
from tests import cast
from tests.mail_server import MailServer
from tests.web import pages
from tests.workers import Workers, until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords", "nothing_tried_yet")]

ASK, SIGN_IN = "/accounts/password/reset/", "/accounts/login/"
NEW = "a long enough phrase"
CHOSEN = {"password1": NEW, "password2": NEW}


@pytest.fixture
def grace(db: None) -> User:
    return cast.person("grace")


@pytest.fixture
def mail(settings: LazySettings) -> Iterator[MailServer]:
    with MailServer.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_FROM = "127.0.0.1", server.port, "fw@example.com"
        yield server


def address(user: User) -> str:
    return f"/accounts/password/new/{passwords.link_of(user)}/"


def sign_in(password: str, client: Client | None = None) -> int:
    answer = (client or Client()).post(SIGN_IN, {"login": "grace@example.com", "password": password})
    return answer.status_code


def ask(email: str, client: Client | None = None) -> Any:
    return (client or Client()).post(ASK, {"email": email})


def linked(body: str) -> str:
    found = re.search(r"http://[^/\s]+(/accounts/password/new/\S+)", body)
    assert found
    return found[1]


@pytest.mark.django_db(transaction=True)
def test_a_worker_mails_the_link_and_who_has_it_chooses_a_password(
    grace: User, mail: MailServer, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_URL", f"smtp+plain://127.0.0.1:{mail.port}")
    monkeypatch.setenv("MAIL_FROM", "fw@example.com")
    workers.start_worker()
    assert "a mail is on its way" in pages.words(ask("Grace@Example.com"))
    until(lambda: mail.mails)
    (sent,) = mail.mails
    assert (sent["To"], sent["From"]) == ("grace@example.com", "fw@example.com")
    link = linked(str(sent.get_payload(decode=True), "utf-8"))  # type: ignore[arg-type]
    visitor = Client()
    assert "For the account grace@example.com" in pages.words(visitor.get(link))
    answer = visitor.post(link, CHOSEN, follow=True)
    assert answer.redirect_chain[-1][0] == SIGN_IN
    assert "Your new password holds" in pages.words(answer)
    assert (sign_in(cast.PASSWORD), sign_in(NEW)) == (200, 302)


def test_a_link_opens_once_and_all_browsers_are_signed_out(grace: User) -> None:
    elsewhere = pages.sign_in(grace)
    link = address(grace)
    assert Client().post(link, CHOSEN).status_code == 302
    assert elsewhere.get("/account/").status_code == 302
    again = Client().post(link, CHOSEN)
    assert (again.status_code, "opens no more" in pages.text(again)) == (410, True)
    told = AuditEvent.objects.get(verb="password.renewed")
    assert (told.user, told.target_id, told.data) == (grace, str(grace.pk), {"sessions": 1})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda user: f"{address(user)[:-2]}/",
        lambda user: address(user).replace(f"/{user.pk}-", "/999999-"),
        lambda user: address(user).replace(f"/{user.pk}-", "/9" * 30 + "-"),
        lambda user: address(user).replace(f"/{user.pk}-", "/\u0662-"),
        lambda user: "/accounts/password/new/x/",
    ],
    ids=["cut", "somebody else's", "beyond 64 bits", "another digit", "none"],
)
def test_what_is_no_link_opens_nothing(grace: User, spoil: Any) -> None:
    assert Client().get(spoil(grace)).status_code in (404, 410)


def test_a_link_is_dead_after_a_day_after_a_sign_in_and_with_its_account(grace: User, settings: LazySettings) -> None:
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert Client().get(address(grace)).status_code == 410
    settings.PASSWORD_RESET_TIMEOUT = 60
    before = address(grace)
    assert Client().get(before).status_code == 200
    grace.last_login = cast.NOW + timedelta(days=1)
    grace.save()
    assert Client().get(before).status_code == 410
    User.objects.update(is_active=False)
    grace.refresh_from_db()
    assert Client().get(address(grace)).status_code == 410


def test_what_is_chosen_is_checked_and_can_be_mended(grace: User) -> None:
    link = address(grace)
    answer = Client().post(link, {"password1": "grace", "password2": "other"})
    assert answer.status_code == 422
    assert "too short" in pages.text(answer)
    assert "not the same" in pages.text(answer)
    assert sign_in(cast.PASSWORD) == 302


def test_a_new_password_ends_a_lock(grace: User) -> None:
    for _ in range(5):
        sign_in("wrong")
    assert sign_in(cast.PASSWORD) == 429
    Client().post(address(grace), CHOSEN)
    assert not AccessAttempt.objects.exists()
    assert sign_in(NEW) == 302


def test_nobody_learns_who_has_an_account(grace: User, mail: MailServer) -> None:
    User.objects.create_user(email="sso@example.com", password=None)
    cast.person("gone")
    User.objects.filter(email="gone@example.com").update(is_active=False)
    pages_shown = {
        email: pages.words(ask(email, Client(REMOTE_ADDR=f"192.0.2.{number}"))).replace(email, "…")
        for number, email in enumerate(
            ("grace@example.com", "nobody@example.com", "sso@example.com", "gone@example.com")
        )
    }
    assert len(set(pages_shown.values())) == 1
    tasks.send_password_link(None)
    assert mail.mails == []


def test_nobody_is_buried_in_mails(grace: User, mail: MailServer) -> None:
    asked = [ask("grace@example.com", Client(REMOTE_ADDR=f"192.0.2.{number}")) for number in range(6)]
    assert [answer.status_code for answer in asked] == [200] * 5 + [429]
    assert "Try again in an hour" in pages.text(asked[-1])


@pytest.mark.parametrize("email", ["", "no address"])
def test_an_address_that_is_none_is_said_at_its_field(mail: MailServer, email: str) -> None:
    answer = ask(email)
    assert (answer.status_code, 'aria-invalid="true"' in pages.text(answer)) == (422, True)


def test_without_a_mail_server_the_page_leads_to_an_admin(grace: User, settings: LazySettings) -> None:
    settings.MAIL_FROM = None
    for answer in (Client().get(ASK), ask("grace@example.com")):
        assert (answer.status_code, "Ask an admin" in pages.words(answer)) == (200, True)


def test_an_admin_makes_a_link_to_pass_on(grace: User, admin: User) -> None:
    answer = pages.sign_in(admin).post(f"/manage/accounts/{grace.pk}/password/")
    link = linked(pages.text(answer).replace('"', " "))
    told = AuditEvent.objects.get(verb="password.link_made")
    assert (told.user, told.target_id, told.data) == (admin, str(grace.pk), {})
    assert Client().post(link, CHOSEN).status_code == 302
    assert sign_in(NEW) == 302
