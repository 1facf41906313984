"""Triggers: conditions that are watched, and start a recipe and tell a webhook when they come true."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from annotation import recipes, triggers
from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Sent, Slug, Text, named
from annotation.lib.documented import Documented
from annotation.models import Feature, Recipe, Trigger, TriggerFiring
from annotation.recipes.saved import NAME
from annotation.triggers import conditions, past, saved, words
from annotation.triggers.conditions import Condition
from annotation.webhooks import endpoint, messages

router = Router(tags=["Datasets"])

Hours = Annotated[int, Field(ge=1, le=saved.MOST_HOURS)]


class TriggerSent(Sent):
    """When `condition` comes true, `recipe` is fired and `webhook` is told; one of the two at least. Then it rests for
    `cooldown_hours`. What was decided before it was made doesn't count."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [named("recipe"), named("webhook")]})

    feature: Slug
    name: Annotated[str, Documented({"pattern": f"^{NAME.pattern}$"})]
    condition: Condition
    recipe: Annotated[Text, Field(max_length=60)] | None = None
    webhook: Annotated[Text, Field(max_length=2000)] | None = None
    cooldown_hours: Hours = 24
    enabled: bool = True


class TriggerShown(Schema):
    """`watches`: the condition in words. `fired`: how often it has."""

    feature: str
    name: str
    condition: dict[str, Any]
    watches: str
    recipe: str | None
    webhook: str | None
    cooldown_hours: int
    enabled: bool
    fired: int
    fired_at: datetime | None
    created_at: datetime


class TriggerMade(Schema):
    """`secret` signs what the webhook is told. It is shown this once."""

    created: bool
    detail: str
    trigger: TriggerShown
    secret: str | None


class DryRunSent(Sent):
    """What a trigger would have done if it had been made `days` days ago."""

    feature: Slug
    condition: Condition
    cooldown_hours: Hours = 24
    days: Annotated[int, Field(ge=1, le=past.MOST_DAYS)] = 30


class DryRunDayShown(Schema):
    """The look at this time. `about`: what was seen, in codes, counts and shares; empty while it rests."""

    at: datetime
    fires: bool
    rests: bool
    about: dict[str, Any]
    sentence: str


class DryRunShown(Schema):
    """`method`: how it is told that a share rose, where one is watched."""

    feature: str
    watches: str
    method: str | None
    fires: int
    days: list[DryRunDayShown]


class TriggerFiringShown(Schema):
    """`cause`: what came true, in codes, counts and shares. `skip` says why its recipe was asked for no export."""

    trigger: str
    feature: str
    number: int
    fired_at: datetime
    cause: dict[str, Any]
    sentence: str
    recipe: str | None
    export: str | None
    url: str | None
    skip: str | None
    error: str | None


class TriggerFilter(paging.Paging):
    feature: Slug | None = None


@router.get(
    "/triggers",
    auth=auth.scope("export"),
    response=problems.responses({200: paging.Page[TriggerShown]}, 404, 422),
    summary="List triggers",
)
def listed(request: ApiRequest, query: Query[TriggerFilter]) -> dict[str, object]:
    rows = auth.visible(request, Trigger.objects.select_related("feature", "recipe", "webhook"))
    if query.feature is not None:
        rows = rows.filter(feature=auth.feature(request, query.feature))
    return paging.page(request, rows, query, shown=_shown)


@router.post(
    "/triggers",
    auth=auth.scope("export"),
    response=problems.responses({200: TriggerMade, 201: TriggerMade}, 404, 409, *problems.WITH_BODY),
    summary="Make a trigger",
)
def create(request: ApiRequest, sent: TriggerSent) -> Status[dict[str, Any]]:
    """A name stands for one trigger of its feature: the same again changes nothing, another one under it is refused."""
    feature = auth.feature(request, sent.feature)
    plan = saved.Plan(
        condition=sent.condition,
        recipe=_recipe(feature, sent.recipe),
        cooldown_hours=sent.cooldown_hours,
        is_enabled=sent.enabled,
        webhook=sent.webhook or "",
    )
    with problems.in_body():
        made, secret, is_new = triggers.create(
            feature=feature, name=sent.name, plan=plan, actor=auth.actor(request), now=timezone.now()
        )
    detail = "The trigger is made." if is_new else "This trigger is there already; nothing was changed."
    return Status(
        201 if is_new else 200, {"created": is_new, "detail": detail, "trigger": _shown(made), "secret": secret}
    )


@router.post(
    "/triggers/dry-run",
    auth=auth.scope("export"),
    response=problems.responses({200: DryRunShown}, 404, *problems.WITH_BODY),
    summary="Try a trigger on the past",
)
def dry_run(request: ApiRequest, sent: DryRunSent) -> dict[str, Any]:
    """On which of the past days it would have fired, and why: one look a day, as things stood then. Nothing is
    written, started or sent."""
    feature = auth.feature(request, sent.feature)
    with problems.in_body():
        conditions.check(sent.condition)
    played = triggers.play(
        feature=feature,
        condition=sent.condition,
        cooldown_hours=sent.cooldown_hours,
        days=sent.days,
        now=timezone.now(),
    )
    return {
        "feature": feature.slug,
        "watches": words.title(sent.condition),
        "method": words.method(sent.condition),
        "fires": sum(day.fires for day in played),
        "days": [_day(day) for day in played],
    }


@router.get(
    "/triggers/{name}/firings",
    auth=auth.scope("export"),
    response=problems.responses({200: paging.Page[TriggerFiringShown]}, 404, 409, 422),
    summary="List when and why a trigger fired, newest first",
)
def firings(request: ApiRequest, name: str, query: Query[TriggerFilter]) -> dict[str, object]:
    found = triggers.find(name=name, features=auth.features(request, query.feature))
    rows = TriggerFiring.objects.filter(trigger=found)
    rows = rows.select_related("trigger__feature", "recipe", "firing__export")
    return paging.page(request, rows, query, newest_first=True, shown=lambda one: _fired(request, one))


def _recipe(feature: Feature, name: str | None) -> Recipe | None:
    return recipes.find(name=name, features=Feature.objects.filter(pk=feature.pk)) if name else None


def _day(day: triggers.Day) -> dict[str, Any]:
    return {
        "at": day.at,
        "fires": day.fires,
        "rests": day.is_resting,
        "about": dict(day.about),
        "sentence": day.sentence,
    }


def _shown(trigger: Trigger) -> dict[str, Any]:
    return {
        "feature": trigger.feature.slug,
        "name": trigger.name,
        "condition": trigger.condition,
        "watches": words.title(conditions.read(trigger.condition)),
        "recipe": trigger.recipe.name if trigger.recipe else None,
        "webhook": endpoint.address(trigger) or None,
        "cooldown_hours": trigger.cooldown_hours,
        "enabled": trigger.is_enabled,
        "fired": trigger.fired,
        "fired_at": trigger.fired_at,
        "created_at": trigger.created_at,
    }


def _fired(request: ApiRequest, one: TriggerFiring) -> dict[str, Any]:
    export = one.firing.export if one.firing else None
    url = reverse("api:export", kwargs={"id": export.public_id}) if export else None
    return {
        "trigger": one.trigger.name,
        "feature": one.trigger.feature.slug,
        "number": one.number,
        "fired_at": one.fired_at,
        "cause": one.about,
        "sentence": words.cause(conditions.read(one.trigger.condition), one.about),
        "recipe": one.recipe.name if one.recipe else None,
        "export": export.public_id if export else None,
        "url": request.build_absolute_uri(url) if url else None,
        "skip": messages.skip(one) or None,
        "error": one.firing.error or None if one.firing else None,
    }
