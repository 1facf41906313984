"""What is told: of an export that ended, of a trigger that fired, and of an alarm that was raised or is over. Ids,
codes and counts; a dataset itself is fetched with a token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F
from django.db.models.functions import Coalesce

from annotation import jobs
from annotation.lib import public_ids
from annotation.models import Alert, Delivery, Export, TriggerFiring, User, Webhook
from annotation.webhooks import endpoint

TOLD_WITHIN: Final = timedelta(days=2)
EVENTS: Final = {Export.Status.DONE: "export.done", Export.Status.FAILED: "export.failed"}
FIRED: Final = "trigger.fired"
RAISED: Final = "backlog.raised"
OVER: Final = "backlog.over"
RECIPE_OFF: Final = "recipe_off"


def of_exports(*, now: datetime) -> list[Delivery]:
    """A message for each export of a recipe that has ended and is not told of yet."""
    ended = Export.objects.filter(
        status__in=EVENTS,
        finished_at__gte=now - TOLD_WITHIN,
        recipe__webhook__is_enabled=True,
        recipe__webhook__since__lte=F("finished_at"),
        deliveries=None,
    )
    found = ended.select_related("feature", "recipe__webhook", "since")
    return [_of_export(export, now) for export in found]


def of_firings(*, now: datetime) -> list[Delivery]:
    """A message for each firing of a trigger that is not told of yet, once it is known what became of its recipe."""
    ended = TriggerFiring.objects.alias(ended_at=Coalesce("firing__finished_at", "fired_at")).filter(
        ended_at__gte=now - TOLD_WITHIN,
        trigger__webhook__is_enabled=True,
        trigger__webhook__since__lte=F("fired_at"),
        deliveries=None,
    )
    found = ended.exclude(firing__status__in=jobs.UNFINISHED).order_by("pk")
    beside = ("trigger__webhook", "trigger__feature", "recipe", "firing__export")
    return [_of_firing(fired, now) for fired in found.select_related(*beside)]


def of_alert(alert: Alert, *, now: datetime) -> list[Delivery]:
    """One message to each of whom its alarm tells."""
    alarm = alert.alarm
    payload = _payload(OVER if alert.is_over else RAISED, alert.at, _told_of_alert(alert))
    told: list[Webhook | User] = list(alarm.people.filter(is_active=True))
    if (webhook := endpoint.of(alarm)) is not None and webhook.is_enabled:
        told.append(webhook)
    return [_message(one, payload, now, alert=alert) for one in told]


def skip(fired: TriggerFiring) -> str:
    """Why its recipe was asked for no export; "" where it was, or where there is no recipe."""
    if fired.recipe is None:
        return ""
    return fired.firing.skip if fired.firing else RECIPE_OFF


def _of_export(export: Export, now: datetime) -> Delivery:
    if export.recipe is None:
        raise ValueError("an export of no recipe has nobody to tell")
    payload = _payload(EVENTS[Export.Status(export.status)], export.finished_at or now, _told(export))
    return _message(export.recipe.webhook, payload, now, export=export)


def _of_firing(fired: TriggerFiring, now: datetime) -> Delivery:
    payload = _payload(FIRED, fired.fired_at, _told_of_firing(fired))
    return _message(fired.trigger.webhook, payload, now, trigger_firing=fired)


def _payload(event: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {"type": event, "timestamp": at.isoformat(), "data": data}


def _message(to: Webhook | User, payload: dict[str, Any], now: datetime, **about: Any) -> Delivery:
    return Delivery(
        public_id=public_ids.new("msg", now_ms=int(now.timestamp() * 1000)),
        webhook=to if isinstance(to, Webhook) else None,
        person=to if isinstance(to, User) else None,
        event=payload["type"],
        payload=payload,
        created_at=now,
        next_at=now,
        **about,
    )


def _told(export: Export) -> dict[str, Any]:
    manifest = export.manifest or {}
    return {
        "id": export.public_id,
        "url": _url(export),
        "feature": export.feature.slug,
        "recipe": export.recipe.name if export.recipe else None,
        "status": export.status,
        "format": export.request["format"],
        "container": export.request["container"],
        "since": export.since.public_id if export.since else None,
        "rows": export.rows_total if export.manifest else None,
        "withdrawn": sum(manifest.get("withdrawn_by_why", {}).values()) if manifest else None,
        "warnings": len(export.warnings),
        "content_sha256": export.content_sha256 or None,
        "error": export.error or None,
    }


def _told_of_firing(fired: TriggerFiring) -> dict[str, Any]:
    firing, recipe = fired.firing, fired.recipe
    export = firing.export if firing else None
    return {
        "trigger": fired.trigger.name,
        "feature": fired.trigger.feature.slug,
        "number": fired.number,
        "cause": fired.about,
        "recipe": recipe.name if recipe else None,
        "export": export.public_id if export else None,
        "url": _url(export) if export else None,
        "skip": skip(fired) or None,
        "error": firing.error or None if firing else None,
    }


def _told_of_alert(alert: Alert) -> dict[str, Any]:
    alarm = alert.alarm
    return {
        "alarm": alarm.pk,
        "feature": alarm.feature.slug,
        "queue": alarm.queue.name if alarm.queue else None,
        "kind": alarm.kind,
        "most": alarm.most,
        "value": alert.value,
        "number": alert.number,
    }


def _url(export: Export) -> str:
    return f"/api/v1/exports/{export.public_id}"
