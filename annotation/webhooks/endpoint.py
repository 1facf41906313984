"""Where a recipe's exports, a trigger's firings or an alarm's alerts are told of, and the secret that the messages are
signed with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from django.conf import settings
from django.db import transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.lib import egress, public_ids
from annotation.models import Alarm, Recipe, Trigger, Webhook
from annotation.webhooks import signing

MAX_URL = 2_000

Owner: TypeAlias = Recipe | Trigger | Alarm


class BadUrl(Refusal):
    """The webhook's address {problem}. Give one such as https://hooks.example.com/flywheel; networks of your own an
    admin allows with WEBHOOK_NETWORKS."""

    code = "invalid_webhook"
    status = 422
    loc = ("webhook",)


def check(url: str) -> None:
    """Refuse an address that no message may be sent to, as far as it tells by itself. Raises BadUrl."""
    if len(url) > MAX_URL:
        raise BadUrl(problem=f"is longer than {MAX_URL} characters")
    try:
        egress.check(url, allowed=settings.WEBHOOK_NETWORKS)
    except egress.BadAddress as error:
        raise BadUrl(problem=str(error)) from error


def of(owner: Owner) -> Webhook | None:
    """As it was loaded with its owner (`select_related`), or asked for."""
    return getattr(owner, "webhook", None)


def address(owner: Owner) -> str:
    """The one that is told, or empty."""
    webhook = of(owner)
    return webhook.url if webhook and webhook.is_enabled else ""


@transaction.atomic
def put(*, owner: Owner, url: str, actor: audit.Actor, now: datetime) -> str | None:
    """Tell this address from now on; none is told where it is empty. Returns the new secret, which can't be read again,
    or None where the address stays the one it was. Raises BadUrl."""
    which = {str(owner._meta.model_name): owner}
    found = Webhook.objects.select_for_update().filter(**which).first()
    if not url:
        if found is not None and found.is_enabled:
            switch_off(webhook=found, actor=actor, now=now)
        return None
    check(url)
    if found is None:
        made = public_ids.new("whk", now_ms=int(now.timestamp() * 1000))
        found = Webhook.objects.create(public_id=made, **which, url=url, since=now)
    elif found.url == url and found.is_enabled:
        return None
    else:
        _begin(found, url, now)
    _record(found, "webhook.set", actor, now, {"secret": found.secret_number})
    return secret(found)


@transaction.atomic
def new_secret(*, webhook: Webhook, actor: audit.Actor, now: datetime) -> str:
    """Sign with another secret from now on. Returns it; it can't be read again."""
    found = Webhook.objects.select_for_update().get(pk=webhook.pk)
    found.secret_number += 1
    found.save(update_fields=["secret_number"])
    _record(found, "webhook.secret_made", actor, now, {"secret": found.secret_number})
    return secret(found)


@transaction.atomic
def switch_off(*, webhook: Webhook, actor: audit.Actor, now: datetime) -> None:
    """Tell it nothing more. Harmless where it is off."""
    if Webhook.objects.filter(pk=webhook.pk, is_enabled=True).update(is_enabled=False):
        _record(webhook, "webhook.switched_off", actor, now, {})


def secret(webhook: Webhook) -> str:
    return signing.secret(key=settings.HASH_KEY, webhook=webhook.public_id, number=webhook.secret_number)


def _begin(webhook: Webhook, url: str, now: datetime) -> None:
    """Another address has another secret: who had the first one can't sign for it."""
    webhook.url, webhook.is_enabled, webhook.since = url, True, now
    webhook.secret_number += 1
    webhook.save(update_fields=["url", "is_enabled", "since", "secret_number"])


def _record(webhook: Webhook, verb: str, actor: audit.Actor, now: datetime, data: dict[str, Any]) -> None:
    target, owner = ("webhook", webhook.public_id), webhook.owner
    told = {str(owner._meta.model_name): owner.pk, **data}
    audit.record(actor=actor, verb=verb, target=target, feature=owner.feature, now=now, data=told)
