"""Accounts, as admins see and change them; and what everybody sees of their own."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from annotation.access import Person, accounts
from annotation.models import AuditEvent, Feature, Session, User
from tests import cast
from tests.web import pages

pytestmark = pytest.mark.usefixtures("quick_passwords")

LIST, MINE = "/manage/accounts/", "/account/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"


def signed_in(user: User, *, agent: str = FIREFOX) -> Client:
    """By the form, as a browser of this name does it."""
    client = Client(headers={"User-Agent": agent})
    answer = client.post("/accounts/login/", {"login": user.email, "password": cast.PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(MINE).status_code == 200


def last(verb: str) -> AuditEvent:
    return AuditEvent.objects.filter(verb=verb).latest("pk")


def test_roles_and_features_are_set_and_the_audit_log_says_from_what_to_what(
    feature: Feature, annotator: User, admin: User
) -> None:
    other = cast.feature("support-chat")
    client = pages.sign_in(admin)
    assert "annotator" in pages.words(client.get(LIST))
    form = {"name": "Anna", "roles": ["annotator", "engineer"], "features": [other.pk]}
    assert client.post(f"{LIST}{annotator.pk}/", form).status_code == 302
    changed = Person(User.objects.get(pk=annotator.pk))
    assert (set(changed.roles), changed.features, changed.user.name) == ({"annotator", "engineer"}, [other], "Anna")
    assert last("account.changed").data == {
        "changed": {
            "name": True,
            "roles": [["annotator"], ["annotator", "engineer"]],
            "features": [["email-drafts"], ["support-chat"]],
        }
    }
    events = AuditEvent.objects.count()
    client.post(f"{LIST}{annotator.pk}/", form)
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("wrong", [{"roles": []}, {"roles": ["king"]}, {"roles": ["annotator"], "features": []}])
def test_what_would_leave_somebody_without_a_page_is_said_at_its_field(
    feature: Feature, annotator: User, admin: User, wrong: dict[str, Any]
) -> None:
    answer = pages.sign_in(admin).post(
        f"{LIST}{annotator.pk}/", {"roles": ["annotator"], "features": [feature.pk]} | wrong
    )
    assert answer.status_code == 422
    assert Person(annotator).roles == {"annotator"}


def test_the_only_admin_stays_one(feature: Feature, admin: User) -> None:
    client = pages.sign_in(admin)
    answer = client.post(f"{LIST}{admin.pk}/", {"roles": ["engineer"], "features": [feature.pk]})
    assert (answer.status_code, "only account" in pages.text(answer)) == (409, True)
    assert client.post(f"{LIST}{admin.pk}/off/").status_code == 409
    other = cast.person("alba", roles=["admin"])
    assert client.post(f"{LIST}{other.pk}/off/").status_code == 302
    assert client.post(f"{LIST}{admin.pk}/", {"roles": ["engineer"], "features": [feature.pk]}).status_code == 409


def test_who_is_switched_off_is_out_at_once_and_comes_back_when_switched_on(annotator: User, admin: User) -> None:
    theirs, client = signed_in(annotator), pages.sign_in(admin)
    client.post(f"{LIST}{annotator.pk}/off/")
    assert not is_in(theirs)
    assert not Session.objects.filter(user=annotator).exists()
    refused = Client().post("/accounts/login/", {"login": annotator.email, "password": cast.PASSWORD}, follow=True)
    assert "switched off" in pages.text(refused)
    assert last("account.switched_off").data == {"sessions": 1}
    client.post(f"{LIST}{annotator.pk}/on/")
    assert is_in(signed_in(annotator))


def test_my_account_says_where_i_am_signed_in(annotator: User) -> None:
    here, there = signed_in(annotator), signed_in(annotator, agent=SAFARI)
    there.get(MINE)
    page = pages.words(here.get(MINE))
    assert "Firefox on Linux this one" in page
    assert "Safari on iPhone" in page
    keys = Session.objects.values_list("session_key", flat=True)
    assert [key for key in keys if key in pages.text(here.get(MINE))] == []


def test_one_session_is_ended_and_no_other(annotator: User, annotator2: User) -> None:
    here, there, others = signed_in(annotator), signed_in(annotator, agent=SAFARI), signed_in(annotator2)
    (ref,) = re.findall(r'name="ref" value="(\w+)"', pages.text(here.get(MINE)))
    assert is_in(others)
    others.post(f"{MINE}end/", {"ref": ref})
    assert is_in(there)
    here.post(f"{MINE}end/", {"ref": ref})
    assert (is_in(here), is_in(there), is_in(others)) == (True, False, True)
    assert last("sessions.ended").data == {"sessions": 1}


def test_all_other_sessions_are_ended(annotator: User) -> None:
    here, *there = (signed_in(annotator) for _ in range(3))
    here.post(f"{MINE}end-others/")
    assert (is_in(here), [is_in(one) for one in there]) == (True, [False, False])


def test_an_admin_signs_somebody_out_everywhere(annotator: User, admin: User) -> None:
    theirs, client = signed_in(annotator), signed_in(admin)
    assert "Firefox on Linux" in pages.words(client.get(f"{LIST}{annotator.pk}/"))
    client.post(f"{LIST}{annotator.pk}/sign-out/")
    client.post(f"{LIST}{admin.pk}/sign-out/")
    assert (is_in(theirs), is_in(client)) == (False, True)


def test_a_new_password_ends_what_the_old_one_opened(annotator: User) -> None:
    here, there = signed_in(annotator), signed_in(annotator)
    new = "quite another long phrase"
    form = {"oldpassword": cast.PASSWORD, "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    assert Session.objects.filter(user=annotator).count() == 1
    assert last("password.changed").data == {"sessions": 1}


def test_a_password_set_by_command_leaves_no_session_that_is_listed(annotator: User, admin: User) -> None:
    theirs = signed_in(annotator)
    annotator.set_password("set by manage.py changepassword")
    annotator.save()
    assert "Firefox" not in pages.words(pages.sign_in(admin).get(f"{LIST}{annotator.pk}/"))
    assert not is_in(theirs)


def test_nobody_is_signed_out_by_a_flushed_cache(annotator: User) -> None:
    client = signed_in(annotator)
    cache.set("here", 1)
    assert cache.get("here") == 1
    cache._cache.get_client().flushdb()  # type: ignore[attr-defined]
    assert cache.get("here") is None
    assert is_in(client)


def test_a_session_notes_when_it_was_seen_last_but_not_at_each_request(annotator: User) -> None:
    client = signed_in(annotator)
    before = timezone.now() - timedelta(hours=1)
    Session.objects.update(seen_at=before)
    client.get(MINE)
    seen = Session.objects.get(user=annotator).seen_at
    assert seen > before
    client.get(MINE)
    assert Session.objects.get(user=annotator).seen_at == seen


def test_a_request_of_a_session_that_was_ended_meanwhile_brings_it_not_back(annotator: User) -> None:
    client = signed_in(annotator)
    store = client.session
    assert store.get("more") is None
    Session.objects.all().delete()
    store["more"] = 1
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_keep_me_signed_in_is_for_who_ticks_it(annotator: User, settings: LazySettings) -> None:
    form = {"login": annotator.email, "password": cast.PASSWORD}
    cookie = settings.SESSION_COOKIE_NAME
    brief, kept = Client(), Client()
    brief.post("/accounts/login/", form)
    kept.post("/accounts/login/", form | {"remember": "on"})
    assert brief.cookies[cookie]["max-age"] == ""
    assert int(kept.cookies[cookie]["max-age"]) > 24 * 3600


def test_sessions_that_ended_by_themselves_are_forgotten(annotator: User) -> None:
    ended, alive = signed_in(annotator), signed_in(annotator)
    Session.objects.filter(pk=ended.session.session_key).update(expire_date=timezone.now())
    accounts.drop_ended_sessions(now=timezone.now())
    assert [one.session_key for one in Session.objects.all()] == [alive.session.session_key]
