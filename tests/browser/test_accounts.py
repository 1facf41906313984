"""Accounts, invitations, sessions and second factors in a real browser: both schemes, on a phone."""

from __future__ import annotations

import base64
import hmac
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation import audit
from annotation.access import invitations, rotation
from annotation.models import AuditEvent, Feature, Invitation, User
from tests import cast
from tests.browser import looks
from tests.browser.fixtures import Visit

pytestmark = pytest.mark.usefixtures("quick_passwords", "nothing_tried_yet")

LONG = "a.very.long.name.that.does.not.fit.a.phone@a-department.of-a-long-domain.example.com"
PASSWORD = "a long enough phrase"


def invited(feature: Feature, email: str = LONG) -> str:
    made = invitations.invite(
        email=email, roles=["annotator"], features=[feature], actor=audit.FLYWHEEL, now=timezone.now()
    )
    return f"/accounts/invitation/{invitations.link_of(made)}/"


def code(page: Page) -> str:
    """What an app would show that has read the key on this page (RFC 6238)."""
    key = base64.b32decode(page.get_by_label("Key").input_value())
    found = hmac.digest(key, (int(time.time()) // 30).to_bytes(8, "big"), "sha1")
    start = found[-1] & 15
    return f"{(int.from_bytes(found[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def join(page: Page) -> None:
    page.get_by_label("Name").fill("Ivy")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, again").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Annotate")).to_be_visible()


def test_an_invited_person_joins_and_sets_up_a_second_factor(feature: Feature, visit: Visit) -> None:
    page = visit(invited(feature))
    looks.check(page)
    join(page)
    page.get_by_role("button", name="Ivy", exact=True).click()
    page.get_by_role("link", name="My account").click()
    looks.check(page)
    page.get_by_role("link", name="Set up a second factor").click()
    page.get_by_role("link", name="Set it up").click()
    expect(page.locator("img.qr")).to_be_visible()
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 0
    looks.check(page)
    page.get_by_label("Code").fill(code(page))
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    looks.check(page)


def test_admins_see_who_may_come_in(feature: Feature, admin: User, visit: Visit) -> None:
    invited(feature)
    for _ in range(5):
        Client().post("/accounts/login/", {"login": admin.email, "password": "wrong"})
    page = visit("/manage/accounts/", admin)
    expect(page.get_by_text("Locked out after wrong passwords")).to_be_visible()
    looks.check(page)
    page.get_by_role("link", name="Invitations (1 open)").click()
    expect(page.get_by_label("Link to pass on")).to_have_value(f"{page.url.split('/manage')[0]}{_link()}")
    page.get_by_role("button", name="Make a link", exact=True).click()
    looks.check(page)


def _link() -> str:
    return f"/accounts/invitation/{invitations.link_of(Invitation.objects.get())}/"


@pytest.mark.long
def test_the_other_pages_of_accounts(feature: Feature, admin: User, annotator: User, visit: Visit) -> None:
    page = visit(f"/manage/accounts/{annotator.pk}/", admin)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    looks.check(page)
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link to pass on").input_value()
    looks.check(page)
    token, _ = cast.token("read", expires_at=timezone.now() + timedelta(days=3))
    rotation.rotate(token=token, overlap=timedelta(days=1), actor=audit.FLYWHEEL, now=timezone.now())
    page.goto("/manage/tokens/")
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
    looks.check(page)
    page = visit("/accounts/invitation/no-link/")
    looks.check(page)
    page.goto("/accounts/password/reset/")
    looks.check(page)
    page.goto(link)
    page.fill("[name=password1]", "short")
    page.fill("[name=password2]", "other")
    page.keyboard.press("Enter")
    expect(page.get_by_text("too short")).to_be_visible()
    looks.check(page)
    page.goto("/accounts/login/")
    for _ in range(5):
        page.fill("[name=login]", annotator.email)
        page.fill("[name=password]", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_load_state()
    expect(page.get_by_role("heading", name="Too many wrong tries")).to_be_visible()
    looks.check(page)


@pytest.mark.long
def test_the_other_pages_of_the_second_factor(feature: Feature, visit: Visit) -> None:
    page = visit(invited(feature, "ivy@example.com"))
    join(page)
    page.goto("/accounts/2fa/")
    looks.check(page)
    page.goto("/accounts/2fa/totp/activate/")
    page.get_by_label("Code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.locator("#id_code_error")).to_be_visible()
    looks.check(page)
    page.get_by_label("Code").fill(code(page))
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    for address in ("/accounts/2fa/", "/accounts/2fa/recovery-codes/generate/", "/accounts/2fa/totp/deactivate/"):
        page.goto(address)
        looks.check(page)
    for address in ("/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/"):
        page.goto(address)
        looks.check(page)
    other = visit("/accounts/login/")
    other.fill("[name=login]", "ivy@example.com")
    other.fill("[name=password]", PASSWORD)
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="Your second factor")).to_be_visible()
    looks.check(other)


def test_a_security_key_is_added_asked_for_and_removed(feature: Feature, visit: Visit) -> None:
    page = visit(invited(feature, "ivy@example.com"))
    join(page)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    about = {"protocol": "ctap2", "transport": "usb", "isUserVerified": True, "automaticPresenceSimulation": True}
    key = device.send("WebAuthn.addVirtualAuthenticator", {"options": about})["authenticatorId"]
    page.goto("/accounts/2fa/webauthn/add/")
    looks.check(page)
    page.get_by_label("What you call it").fill("Blue key")
    page.get_by_role("button", name="Add the key").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.goto("/account/")
    expect(page.get_by_text("second factor", exact=True)).to_be_visible()
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.fill("[name=login]", "ivy@example.com")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    looks.check(page)
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("heading", name="Annotate")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/")
    looks.check(page)
    page.get_by_role("link", name="Remove Blue key").click()
    page.get_by_role("link", name="Use a security key").click()
    device.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": key, "enabled": True})
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    verbs = AuditEvent.objects.filter(verb__startswith="second_factor").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["second_factor.key_added", "second_factor.key_removed"]
