"""Invitations: an admin names an address, roles and features; who has the link makes the account, once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.db import transaction

from annotation import access, audit
from annotation.access import ROLES, UnknownRole
from annotation.errors import Refusal
from annotation.models import Feature, Invitation, User

KEPT: Final = timedelta(days=7)
"""So long a link opens."""


class HasAccount(Refusal):
    """Somebody has an account with this address already. Change what they may do on the page of that account."""

    code = "has_account"
    status = 409


class IsInvited(Refusal):
    """This address is invited already. Send that invitation again, or withdraw it first."""

    code = "is_invited"
    status = 409


class IsUsed(Refusal):
    """This invitation was used: its account is made. What it may do is changed on the account's page."""

    code = "invitation_is_used"
    status = 409


class WrongLink(Refusal):
    """This is no link of an invitation, or a part of it is missing: copy all of it from the message. If it still does
    not open, ask an admin for a new one."""

    code = "invitation_wrong"
    status = 404


class OldLink(Refusal):
    """A newer link was made for this invitation, and only the newest one opens. Look for a later message, or ask an
    admin to send it again."""

    code = "invitation_replaced"
    status = 410


class UsedLink(Refusal):
    """This invitation was used: the account is there. Sign in with your email address and the password that you
    chose."""

    code = "invitation_used"
    status = 410


class ExpiredLink(Refusal):
    """This invitation has expired. Ask an admin to send it again."""

    code = "invitation_expired"
    status = 410


class WithdrawnLink(Refusal):
    """This invitation was withdrawn. Ask an admin if you should have an account."""

    code = "invitation_withdrawn"
    status = 410


def link_of(invitation: Invitation) -> str:
    """What its address ends with: made from the row and SECRET_KEY, and stored nowhere."""
    link: str = _signer().sign_object([invitation.pk, invitation.round])
    return link


def _signer() -> signing.Signer:
    return signing.Signer(salt="annotation.invitation")


def state(invitation: Invitation, *, now: datetime) -> str:
    """`open`, `used`, `expired` or `withdrawn`."""
    if invitation.used_at is not None:
        return "used"
    if invitation.withdrawn_at is not None:
        return "withdrawn"
    return "open" if invitation.expires_at > now else "expired"


@transaction.atomic
def invite(
    *, email: str, roles: Iterable[str], features: Iterable[Feature], actor: audit.Actor, now: datetime
) -> Invitation:
    wanted, chosen = sorted(set(roles)), list(features)
    if unknown := set(wanted) - set(ROLES):
        raise UnknownRole(role=sorted(unknown)[0])
    if User.objects.filter(email__iexact=email).exists():
        raise HasAccount
    email = User.objects.normalize_email(email)
    made = Invitation(
        email=email,
        roles=wanted,
        feature_ids=[one.pk for one in chosen],
        invited_by=actor.user,
        created_at=now,
        expires_at=now + KEPT,
    )
    # Two admins may invite the same address at the same time: one of them is told.
    Invitation.objects.bulk_create([made], ignore_conflicts=True)
    found = Invitation.objects.filter(email=email, created_at=now, used_at=None, withdrawn_at=None).first()
    if found is None:
        raise IsInvited
    data = {"roles": wanted, "features": [one.slug for one in chosen], "expires_at": found.expires_at.isoformat()}
    audit.record(actor=actor, verb="invitation.made", target=("invitation", found.pk), now=now, data=data)
    return found


@transaction.atomic
def renew(*, invitation: Invitation, actor: audit.Actor, now: datetime) -> Invitation:
    """A new link for as long as a new invitation's; the one from before opens no more. Raises IsUsed, WithdrawnLink."""
    found = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if found.used_at is not None:
        raise IsUsed
    if found.withdrawn_at is not None:
        raise WithdrawnLink
    found.round += 1
    found.expires_at, found.sent_at = now + KEPT, None
    found.save()
    data = {"expires_at": found.expires_at.isoformat()}
    audit.record(actor=actor, verb="invitation.renewed", target=("invitation", found.pk), now=now, data=data)
    return found


def mark_sent(*, invitation: Invitation, now: datetime) -> None:
    Invitation.objects.filter(pk=invitation.pk, round=invitation.round).update(sent_at=now)


@transaction.atomic
def withdraw(*, invitation: Invitation, actor: audit.Actor, now: datetime) -> None:
    """Its link opens no more. Raises IsUsed; withdrawing again changes nothing."""
    found = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if found.used_at is not None:
        raise IsUsed
    if found.withdrawn_at is None:
        Invitation.objects.filter(pk=found.pk).update(withdrawn_at=now)
        audit.record(actor=actor, verb="invitation.withdrawn", target=("invitation", found.pk), now=now)


def opened(link: str, *, now: datetime, is_locked: bool = False) -> Invitation:
    """The invitation of a link; `is_locked`: with its row locked. Raises WrongLink, OldLink, UsedLink, ExpiredLink or
    WithdrawnLink."""
    try:
        number, made = _signer().unsign_object(link)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise WrongLink from error
    rows = Invitation.objects.select_for_update() if is_locked else Invitation.objects.all()
    found = rows.filter(pk=number).first()
    if found is None:
        raise WrongLink
    _check(found, now=now)
    if found.round != made:
        raise OldLink
    return found


def _check(invitation: Invitation, *, now: datetime) -> None:
    match state(invitation, now=now):
        case "used":
            raise UsedLink
        case "withdrawn":
            raise WithdrawnLink
        case "expired":
            raise ExpiredLink


@transaction.atomic
def accept(*, link: str, name: str, password: str | None, now: datetime) -> User:
    """The account that the invitation promised, which is used by that. `password`: None where the person signs in
    elsewhere. Raises what `opened` does, and HasAccount."""
    return use(opened(link, now=now, is_locked=True), name=name, password=password, now=now)


@transaction.atomic
def use(invitation: Invitation, *, name: str, password: str | None, now: datetime) -> User:
    """As `accept`, for an invitation whose row is locked."""
    _check(invitation, now=now)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise HasAccount
    user = User.objects.create_user(email=invitation.email, password=password, name=name)
    features = Feature.objects.filter(pk__in=invitation.feature_ids)
    by = audit.Actor(user=invitation.invited_by)
    access.give(user=user, roles=invitation.roles, features=features, actor=by, now=now)
    Invitation.objects.filter(pk=invitation.pk).update(used_at=now, user=user)
    audit.record(actor=audit.Actor(user=user), verb="invitation.used", target=("invitation", invitation.pk), now=now)
    return user
