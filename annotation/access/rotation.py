"""A token's new secret, with a while in which the one from before works on."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from annotation import audit
from annotation.access import secret_hash
from annotation.errors import Refusal
from annotation.models import ApiToken

OVERLAPS: Final = (timedelta(0), timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))

WARN_BEFORE: Final = timedelta(days=14)
"""So long before its end a token's expiry is told."""


class NotAlive(Refusal):
    """This token is revoked or has expired, so it gets no new secret. Make a new token."""

    code = "token_not_alive"
    status = 409


@transaction.atomic
def rotate(*, token: ApiToken, overlap: timedelta, actor: audit.Actor, now: datetime) -> tuple[ApiToken, str]:
    """A new secret, which can't be read again; the former one works on for `overlap`. One that still worked from an
    earlier rotation ends at once."""
    found = ApiToken.objects.select_for_update().get(pk=token.pk)
    if found.revoked_at is not None or (found.expires_at is not None and found.expires_at <= now):
        raise NotAlive
    secret = f"fw_{secrets.token_urlsafe(32)}"
    found.former_prefix = found.prefix if overlap else ""
    found.former_hash = bytes(found.token_hash) if overlap else None
    found.former_until = now + overlap if overlap else None
    found.former_last_used_at = found.last_used_at if overlap else None
    found.prefix, found.token_hash = secret[:10], secret_hash(secret)
    found.last_used_at, found.rotated_at = None, now
    found.save()
    data = {"former_until": found.former_until.isoformat() if found.former_until else None}
    audit.record(
        actor=actor, verb="token.rotated", target=("token", found.pk), feature=found.feature, now=now, data=data
    )
    return found, secret


@transaction.atomic
def end_former(*, token: ApiToken, actor: audit.Actor, now: datetime) -> bool:
    """From now on only the new secret works. False where no other did."""
    found = ApiToken.objects.filter(pk=token.pk, former_until__gt=now)
    if not found.update(former_hash=None, former_until=None):
        return False
    audit.record(actor=actor, verb="token.former_ended", target=("token", token.pk), feature=token.feature, now=now)
    return True


def ends_soon(token: ApiToken, *, now: datetime) -> bool:
    """Whether a live token expires within `WARN_BEFORE`."""
    return token.revoked_at is None and token.expires_at is not None and now < token.expires_at <= now + WARN_BEFORE
