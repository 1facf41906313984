"""Accounts of people: what they may do, whether they are on, their sessions and their second factor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import Group
from django.db import transaction

from annotation import access, audit
from annotation.access import ADMIN, ROLES, Person, UnknownRole
from annotation.errors import Refusal
from annotation.models import Feature, Membership, Session, User

FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes are none: they stand in for one of these."""


class LastAdmin(Refusal):
    """This is the only account that is switched on and has the role admin: without it nobody could let anybody in.
    Make somebody else an admin first."""

    code = "last_admin"
    status = 409


class NotYourself(Refusal):
    """Nobody switches off their own account. Ask another admin."""

    code = "not_yourself"
    status = 409


@transaction.atomic
def change(
    *, user: User, name: str, roles: Iterable[str], features: Iterable[Feature], actor: audit.Actor, now: datetime
) -> None:
    """Give a person exactly this name, these roles and these memberships. The only admin stays one."""
    wanted, chosen = set(roles), list(features)
    if unknown := wanted - set(ROLES):
        raise UnknownRole(role=sorted(unknown)[0])
    if ADMIN not in wanted:
        _keep_an_admin(user)
    access.ensure_roles()
    changed = _changes(user, name, wanted, chosen)
    if not changed:
        return
    User.objects.filter(pk=user.pk).update(name=name, is_superuser=user.is_superuser and ADMIN in wanted)
    user.groups.remove(*Group.objects.filter(name__in=set(ROLES) - wanted))
    user.groups.add(*Group.objects.filter(name__in=wanted))
    user.memberships.exclude(feature__in=chosen).delete()
    Membership.objects.bulk_create([Membership(user=user, feature=one) for one in chosen], ignore_conflicts=True)
    audit.record(actor=actor, verb="account.changed", target=("user", user.pk), now=now, data={"changed": changed})


def _changes(user: User, name: str, roles: set[str], features: list[Feature]) -> dict[str, Any]:
    """From what to what. Of a name only that it is another one: the audit log holds no text."""
    had = Person(user).roles & set(ROLES)
    slugs = sorted(user.memberships.values_list("feature__slug", flat=True))
    wanted = sorted(one.slug for one in features)
    return {
        **({"name": True} if name != user.name else {}),
        **({"roles": [sorted(had), sorted(roles)]} if had != roles else {}),
        **({"features": [slugs, wanted]} if slugs != wanted else {}),
    }


@transaction.atomic
def switch_off(*, user: User, actor: audit.Actor, now: datetime) -> None:
    """From now on the person can't come in, and is signed out everywhere. What they did stays."""
    if actor.user == user:
        raise NotYourself
    _keep_an_admin(user)
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        ended, _ = user.sessions.all().delete()
        audit.record(
            actor=actor, verb="account.switched_off", target=("user", user.pk), now=now, data={"sessions": ended}
        )


@transaction.atomic
def switch_on(*, user: User, actor: audit.Actor, now: datetime) -> None:
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        audit.record(actor=actor, verb="account.switched_on", target=("user", user.pk), now=now)


def sessions_of(user: User, *, now: datetime) -> list[Session]:
    """Those that still open a page, the last seen first: not those from before the password was changed."""
    expected = user.get_session_auth_hash()
    found = user.sessions.filter(expire_date__gt=now).order_by("-seen_at", "session_key")
    return [one for one in found if one.get_decoded().get(HASH_SESSION_KEY) == expected]


@transaction.atomic
def end_sessions(
    *, user: User, actor: audit.Actor, now: datetime, only: str | None = None, but: str | None = None
) -> int:
    """Sign the person out in all browsers, in one (`only`), or in all others (`but`), by the keys of the sessions.
    Returns how many there were."""
    found = user.sessions.all()
    found = found.filter(pk=only) if only is not None else found
    found = found.exclude(pk=but) if but is not None else found
    ended, _ = found.delete()
    if ended:
        audit.record(actor=actor, verb="sessions.ended", target=("user", user.pk), now=now, data={"sessions": ended})
    return ended


@transaction.atomic
def note_password(*, user: User, keep: str | None, now: datetime, verb: str = "password.changed") -> None:
    """Somebody has chosen a new password: their sessions but `keep` are ended."""
    ended, _ = user.sessions.exclude(pk=keep).delete()
    data = {"sessions": ended}
    audit.record(actor=audit.Actor(user=user), verb=verb, target=("user", user.pk), now=now, data=data)


def drop_ended_sessions(*, now: datetime) -> None:
    """Delete what opens no page any more."""
    Session.objects.filter(expire_date__lte=now).delete()


def needs_factor(person: Person) -> bool:
    """Whether this person has to have a second factor (the setting SECOND_FACTOR)."""
    match settings.SECOND_FACTOR:
        case "everybody":
            return True
        case "admins":
            return ADMIN in person.roles
    return False


@transaction.atomic
def reset_factor(*, user: User, actor: audit.Actor, now: datetime) -> bool:
    """Forget a second factor that was lost, and sign its person out everywhere. False where there was none."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        ended, _ = user.sessions.all().delete()
        data = {"sessions": ended}
        audit.record(actor=actor, verb="second_factor.reset", target=("user", user.pk), now=now, data=data)
    return bool(removed)


def _keep_an_admin(user: User) -> None:
    """Raises LastAdmin where nobody else could let anybody in. The group is locked: two admins can't both go."""
    access.ensure_roles()
    Group.objects.select_for_update().get(name=ADMIN)
    admins = User.objects.filter(is_active=True)
    is_one = admins.filter(pk=user.pk, groups__name=ADMIN).exists() or (user.is_active and user.is_superuser)
    others = admins.exclude(pk=user.pk)
    if is_one and not (others.filter(groups__name=ADMIN).exists() or others.filter(is_superuser=True).exists()):
        raise LastAdmin
