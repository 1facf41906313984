"""Who has guessed too often: a pair of account and address is locked for a while, by django-axes.

What was typed as the account is kept as a keyed hash, known account or not: nobody reads there what somebody typed, and
an account that exists is treated as one that doesn't.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.http import HttpRequest

from annotation import audit
from annotation.lib import keyed
from annotation.models import User

_KEY: Final = settings.HASH_KEY


@dataclass(frozen=True, kw_only=True)
class Lockout:
    """`name` is the hash of what was typed; `user` is who is called so, None where nobody is."""

    name: str
    address: str
    until: datetime
    user: User | None = None


def name_of(typed: str) -> str:
    """32 hexadecimal digits: the same for an email address in any case."""
    return keyed.digest(_KEY, typed.strip().casefold(), purpose="sign-in").hex()


def name_in(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Django-axes asks so whom an attempt is about."""
    typed = (credentials or {}).get(settings.AXES_USERNAME_FORM_FIELD) or request.POST.get("login", "")
    return name_of(str(typed))


def all_of(*, now: datetime) -> list[Lockout]:
    """Those that hold, the latest first."""
    users = {name_of(user.email): user for user in User.objects.all()}
    return [
        Lockout(name=name, address=address, until=last + settings.AXES_COOLOFF_TIME, user=users.get(name))
        for name, address, last in _locked(now)
    ]


def until(*, name: str, address: str, now: datetime) -> datetime | None:
    """When this pair may try again; None where it may now."""
    for found, where, last in _locked(now):
        if (found, where) == (name, address):
            end: datetime = last + settings.AXES_COOLOFF_TIME
            return end
    return None


@transaction.atomic
def release(*, name: str, address: str, actor: audit.Actor, now: datetime) -> bool:
    """They may try again at once. False where nothing was locked."""
    found = next((one for one in all_of(now=now) if (one.name, one.address) == (name, address)), None)
    if found is None or not AccessAttempt.objects.filter(username=name, ip_address=address).delete()[0]:
        return False
    target = ("user", found.user.pk) if found.user else ("unknown account", name[:8])
    audit.record(actor=actor, verb="lockout.released", target=target, now=now)
    return True


def forget(user: User) -> None:
    """What was guessed about this account counts no more, from wherever."""
    AccessAttempt.objects.filter(username=name_of(user.email)).delete()


def _locked(now: datetime) -> list[tuple[str, str, datetime]]:
    recent = AccessAttempt.objects.filter(attempt_time__gte=now - settings.AXES_COOLOFF_TIME).order_by()
    counted = recent.values("username", "ip_address").annotate(n=Sum("failures_since_start"), last=Max("attempt_time"))
    found = counted.filter(n__gte=settings.AXES_FAILURE_LIMIT).order_by("-last")
    return [(one["username"], one["ip_address"], one["last"]) for one in found]
