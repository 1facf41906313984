"""Recipes as they are saved: made, changed, switched off and found by name."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.exports import request as requests
from annotation.exports.wanted import ExportRequest
from annotation.models import Feature, Recipe
from annotation.recipes.schedule import LAST_DAY, Schedule
from annotation.webhooks import endpoint

UNSCHEDULED: Final = Schedule()
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class BadName(Refusal):
    """A recipe's name is 1 to 60 small letters, digits and hyphens, such as nightly-sft. Mend the name."""

    code = "invalid_name"
    status = 422
    loc = ("name",)


class NameTaken(Refusal):
    """This feature has another recipe of the name {name}. Choose another name, or change that recipe."""

    code = "conflict"
    status = 409
    loc = ("name",)


class BadTime(Refusal):
    """A schedule has an hour from 0 to 23 (UTC), a weekday from 0 (Monday) to 6, and a day from 1 to 28, which every
    month has."""

    code = "invalid_schedule"
    status = 422
    loc = ("schedule",)


class GoesOn(Refusal):
    """A recipe goes on from its own last export, not from a named one: leave `since` out, and say `incremental`."""

    code = "since_in_recipe"
    status = 422
    loc = ("request", "since")


class UnknownRecipe(Refusal):
    """There is no recipe “{name}” here. GET /api/v1/recipes and the page of recipes list those that there are."""

    code = "unknown_recipe"
    status = 404


class Ambiguous(Refusal):
    """Several features have a recipe “{name}”: {features}. Name the feature too."""

    code = "ambiguous_recipe"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a recipe is to be. `webhook`: the address that is told, or empty."""

    request: ExportRequest
    is_incremental: bool = False
    is_enabled: bool = True
    schedule: Schedule = UNSCHEDULED
    webhook: str = ""


@transaction.atomic
def create(
    *, feature: Feature, name: str, plan: Plan, actor: audit.Actor, now: datetime
) -> tuple[Recipe, str | None, bool]:
    """Save a recipe. Returns it, the secret of its webhook if one was made, and whether it is new: one that is there
    and is the same stays as it is. Raises BadName, NameTaken, BadTime, GoesOn, and what `exports.request.check` does.
    """
    if not NAME.fullmatch(name):
        raise BadName
    _check(feature, plan)
    values = _values(plan, now)
    try:
        with transaction.atomic():
            recipe = Recipe.objects.create(feature=feature, name=name, created_at=now, created_by=actor.user, **values)
    except IntegrityError as error:
        known = Recipe.objects.select_related("feature").get(feature=feature, name=name)
        if plan_of(known) != plan:
            raise NameTaken(name=name) from error
        return known, None, False
    _record(recipe, "recipe.created", actor, now)
    return recipe, endpoint.put(owner=recipe, url=plan.webhook, actor=actor, now=now), True


@transaction.atomic
def change(*, recipe: Recipe, plan: Plan, actor: audit.Actor, now: datetime) -> str | None:
    """Make a recipe what the plan says, from its next firing on. Returns the secret of its webhook if a new one was
    made. Raises as `create` does."""
    found = Recipe.objects.select_for_update(no_key=True).select_related("feature").get(pk=recipe.pk)
    _check(found.feature, plan)
    if plan_of(found) != plan:
        for field, value in _values(plan, now).items():
            setattr(found, field, value)
        found.save()
        _record(found, "recipe.changed", actor, now)
    return endpoint.put(owner=found, url=plan.webhook, actor=actor, now=now)


def plan_of(recipe: Recipe) -> Plan:
    """What a recipe is now."""
    return Plan(
        request=ExportRequest.model_validate(recipe.request),
        is_incremental=recipe.is_incremental,
        is_enabled=recipe.is_enabled,
        schedule=schedule_of(recipe),
        webhook=endpoint.address(recipe),
    )


def schedule_of(recipe: Recipe) -> Schedule:
    return Schedule(every=recipe.schedule, hour=recipe.hour, weekday=recipe.weekday, day=recipe.day)  # type: ignore[arg-type]


def find(*, name: str, features: Any) -> Recipe:
    """The recipe of this name among these features (a queryset); `<feature>/<name>` tells apart those of several.
    Raises UnknownRecipe, Ambiguous."""
    slug, _, own = name.rpartition("/")
    rows = Recipe.objects.filter(name=own, feature__in=features).select_related("feature")
    found = list((rows.filter(feature__slug=slug) if slug else rows).order_by("feature__slug")[:10])
    if not found:
        raise UnknownRecipe(name=name[:100])
    if len(found) > 1:
        raise Ambiguous(name=own, features=", ".join(one.feature.slug for one in found))
    return found[0]


def _check(feature: Feature, plan: Plan) -> None:
    if plan.request.since is not None:
        raise GoesOn
    times = plan.schedule
    if not (0 <= times.hour <= 23 and 0 <= times.weekday <= 6 and 1 <= times.day <= LAST_DAY):
        raise BadTime
    if plan.webhook:
        endpoint.check(plan.webhook)
    requests.check(feature=feature, request=plan.request)


def _values(plan: Plan, now: datetime) -> dict[str, Any]:
    times = asdict(plan.schedule)
    return {
        "request": plan.request.normal(),
        "is_incremental": plan.is_incremental,
        "is_enabled": plan.is_enabled,
        "schedule": times.pop("every"),
        "next_at": plan.schedule.after(now) if plan.is_enabled else None,
        **times,
    }


def _record(recipe: Recipe, verb: str, actor: audit.Actor, now: datetime) -> None:
    data = {
        "name": recipe.name,
        "format": recipe.request["format"],
        "schedule": recipe.schedule,
        "enabled": recipe.is_enabled,
        "incremental": recipe.is_incremental,
    }
    target = ("recipe", recipe.pk)
    audit.record(actor=actor, verb=verb, target=target, feature=recipe.feature, now=now, data=data)
