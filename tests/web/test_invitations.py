"""Invited by address, let in by a link that opens once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connections
from django.test import Client
from django.utils import timezone

from annotation import access, audit
from annotation.access import Person, invitations
from annotation.models import AuditEvent, Feature, Invitation, User
from tests.mail_server import MailServer
from tests.web import pages

pytestmark = pytest.mark.usefixtures("quick_passwords")

LIST = "/manage/invitations/"
CHOSEN = {"name": "Ivy", "password1": "a long enough phrase", "password2": "a long enough phrase"}


def invite(admin: User, feature: Feature, **sent: Any) -> Any:
    form = {"email": "ivy@example.com", "roles": ["annotator"], "features": [feature.pk]} | sent
    return pages.sign_in(admin).post(LIST, form, follow=True)


def link(answer: Any) -> str:
    found = re.search(r'value="http://testserver(/accounts/invitation/[^"]+)"', pages.text(answer))
    assert found
    return found[1]


def test_who_is_invited_chooses_a_password_and_is_at_work_at_once(feature: Feature, admin: User) -> None:
    address = link(invite(admin, feature))
    visitor = Client()
    assert "invited as ivy@example.com" in pages.words(visitor.get(address))
    answer = visitor.post(address, CHOSEN, follow=True)
    assert answer.redirect_chain[-1][0] == "/annotate/"
    made = Person(User.objects.get(email="ivy@example.com"))
    assert (set(made.roles), made.features, made.user.name) == ({"annotator"}, [feature], "Ivy")
    invited = Invitation.objects.get()
    assert invited.user == made.user
    told = AuditEvent.objects.filter(target_type="invitation").order_by("pk")
    assert [(one.verb, one.user) for one in told] == [("invitation.made", admin), ("invitation.used", made.user)]
    again = Client().post(address, CHOSEN)
    assert (again.status_code, "was used" in pages.text(again)) == (410, True)
    assert Client().post("/accounts/login/", {"login": "ivy@example.com", "password": CHOSEN["password1"]}).url == "/"  # type: ignore[attr-defined]


def test_what_is_chosen_is_checked_and_can_be_mended(feature: Feature, admin: User) -> None:
    address = link(invite(admin, feature))
    visitor = Client()
    answer = visitor.post(address, {"name": "", "password1": "short", "password2": "other"})
    assert answer.status_code == 422
    for said in ("what others here should call you", "too short", "not the same password"):
        assert said in pages.text(answer)
    assert not User.objects.filter(email="ivy@example.com").exists()
    assert visitor.post(address, CHOSEN).status_code == 302


@pytest.mark.parametrize(
    ("become", "status", "said"),
    [
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, 410, "has expired"),
        ({"withdrawn_at": timezone.now()}, 410, "was withdrawn"),
        ({"round": 2}, 410, "a newer link was made"),
    ],
)
def test_a_link_that_opens_no_more_says_why(
    feature: Feature, admin: User, become: dict[str, Any], status: int, said: str
) -> None:
    address = link(invite(admin, feature))
    Invitation.objects.update(**become)
    for answer in (Client().get(address), Client().post(address, CHOSEN)):
        assert answer.status_code == status
        assert said in pages.text(answer).lower()
    assert not User.objects.filter(email="ivy@example.com").exists()


@pytest.mark.parametrize("bent", ["x", "WzEsMV0:1abcde:forged", "WzEsMV0", "%00"])
def test_a_link_that_nobody_made_is_refused_in_words(db: None, bent: str) -> None:
    answer = Client().get(f"/accounts/invitation/{bent}/")
    assert answer.status_code == 404
    assert "no link of an invitation" in pages.text(answer)


def test_sent_again_only_the_newest_link_opens(feature: Feature, admin: User) -> None:
    first = link(invite(admin, feature))
    client = pages.sign_in(admin)
    second = link(client.post(f"{LIST}{Invitation.objects.get().pk}/send/", follow=True))
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200
    client.post(f"{LIST}{Invitation.objects.get().pk}/withdraw/")
    assert Client().get(second).status_code == 410
    assert "withdrawn" in pages.words(client.get(LIST))
    assert invite(admin, feature).status_code == 200
    assert Invitation.objects.count() == 2


def test_where_a_mail_server_is_set_up_the_link_goes_by_mail_alone(
    feature: Feature, admin: User, settings: LazySettings
) -> None:
    with MailServer.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_FROM = "127.0.0.1", server.port, "fw@example.com"
        page = pages.text(invite(admin, feature))
        (mail,) = server.mails
    assert "A mail is on its way to ivy@example.com" in page
    assert "/accounts/invitation/" not in page
    body = str(mail.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]
    found = re.search(r"http://testserver(/accounts/invitation/\S+)", body)
    assert found
    assert mail["To"] == "ivy@example.com"
    assert Client().get(found[1]).status_code == 200


def test_where_the_mail_server_is_away_the_link_is_there_to_pass_on(
    feature: Feature, admin: User, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_FROM = "127.0.0.1", 9, "fw@example.com"
    answer = invite(admin, feature)
    assert "did not take the mail" in pages.text(answer)
    assert Client().get(link(answer)).status_code == 200


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"email": "no address"}, "valid email"),
        ({"roles": []}, "at least one role"),
        ({"features": []}, "at least one feature"),
        ({"email": "ADA@example.com"}, "has an account"),
        ({"email": "Twice@example.com"}, "invited already"),
    ],
)
def test_whom_nobody_can_invite_is_said_at_the_field(
    feature: Feature, admin: User, sent: dict[str, Any], said: str
) -> None:
    invite(admin, feature, email="twice@example.com")
    answer = invite(admin, feature, **sent)
    assert answer.status_code == 422
    assert said in pages.text(answer)
    assert Invitation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_link_makes_one_account_however_many_open_it_at_once(feature: Feature, admin: User) -> None:
    made = invitations.invite(
        email="ivy@example.com", roles=["annotator"], features=[feature], actor=audit.FLYWHEEL, now=timezone.now()
    )
    address = f"/accounts/invitation/{invitations.link_of(made)}/"

    def accept(number: int) -> int:
        try:
            return Client().post(address, CHOSEN | {"name": f"Ivy {number}"}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(accept, range(4))) == [302, 410, 410, 410]
    assert User.objects.filter(email="ivy@example.com").count() == 1


def test_an_invited_admin_sees_all_without_a_feature(feature: Feature, admin: User) -> None:
    address = link(invite(admin, feature, roles=["admin"], features=[]))
    answer = Client().post(address, CHOSEN, follow=True)
    assert answer.redirect_chain[-1][0] == "/manage/backlog/"
    assert access.ADMIN in Person(User.objects.get(email="ivy@example.com")).roles
