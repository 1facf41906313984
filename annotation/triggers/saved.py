"""Triggers as they are kept: made, switched on and off, and found by name. A condition stays as it was made, so that
each firing of a trigger had the same cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.models import Feature, Recipe, Trigger
from annotation.recipes.saved import NAME
from annotation.triggers import conditions, marks
from annotation.triggers.conditions import Condition
from annotation.webhooks import endpoint

MOST_HOURS: Final = 24 * 365


class BadName(Refusal):
    """A trigger's name is 1 to 60 small letters, digits and hyphens, such as fifty-wrong-facts. Mend the name."""

    code = "invalid_name"
    status = 422
    loc = ("name",)


class NameTaken(Refusal):
    """This feature has another trigger of the name {name}. Choose another name; a trigger's condition stays."""

    code = "conflict"
    status = 409
    loc = ("name",)


class StartsNothing(Refusal):
    """This trigger would start nothing. Name a recipe, or an address that is told."""

    code = "starts_nothing"
    status = 422
    loc = ("recipe",)


class ForeignRecipe(Refusal):
    """The recipe {name} makes datasets of another feature. Name one of {feature}."""

    code = "foreign_recipe"
    status = 422
    loc = ("recipe",)


class BadCooldown(Refusal):
    """A trigger rests for 1 to 8,760 hours after it fired. Mend the hours."""

    code = "invalid_cooldown"
    status = 422
    loc = ("cooldown_hours",)


class UnknownTrigger(Refusal):
    """There is no trigger “{name}” here. GET /api/v1/triggers and the page of triggers list those that there are."""

    code = "unknown_trigger"
    status = 404


class Ambiguous(Refusal):
    """Several features have a trigger “{name}”: {features}. Name the feature too."""

    code = "ambiguous_trigger"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a trigger is to be. `webhook`: the address that is told, or empty."""

    condition: Condition
    recipe: Recipe | None = None
    cooldown_hours: int = 24
    is_enabled: bool = True
    webhook: str = ""


@transaction.atomic
def create(
    *, feature: Feature, name: str, plan: Plan, actor: audit.Actor, now: datetime
) -> tuple[Trigger, str | None, bool]:
    """Keep a trigger; what is decided from now on counts. Returns it, the secret of its webhook if one was made, and
    whether it is new: one that is there and is the same stays as it is. Raises BadName, NameTaken, and as `check`."""
    if not NAME.fullmatch(name):
        raise BadName
    check(feature=feature, plan=plan)
    values = {"recipe": plan.recipe, "cooldown_hours": plan.cooldown_hours, "is_enabled": plan.is_enabled}
    try:
        with transaction.atomic():
            trigger = Trigger.objects.create(
                feature=feature,
                name=name,
                condition=plan.condition.model_dump(),
                created_at=now,
                created_by=actor.user,
                **values,
                **marks.begun(now).columns(),
            )
    except IntegrityError as error:
        known = Trigger.objects.select_related("feature", "recipe").get(feature=feature, name=name)
        if plan_of(known) != plan:
            raise NameTaken(name=name) from error
        return known, None, False
    _record(trigger, "trigger.created", actor, now)
    return trigger, endpoint.put(owner=trigger, url=plan.webhook, actor=actor, now=now), True


def check(*, feature: Feature, plan: Plan) -> None:
    """Refuse a plan that can't be kept. Raises StartsNothing, ForeignRecipe, BadCooldown, and what `conditions.check`
    and `endpoint.check` do."""
    conditions.check(plan.condition)
    if plan.recipe is not None and plan.recipe.feature_id != feature.pk:
        raise ForeignRecipe(name=plan.recipe.name, feature=feature.slug)
    if plan.recipe is None and not plan.webhook:
        raise StartsNothing
    if not 1 <= plan.cooldown_hours <= MOST_HOURS:
        raise BadCooldown
    if plan.webhook:
        endpoint.check(plan.webhook)


def plan_of(trigger: Trigger) -> Plan:
    """What a trigger is now."""
    return Plan(
        condition=conditions.read(trigger.condition),
        recipe=trigger.recipe,
        cooldown_hours=trigger.cooldown_hours,
        is_enabled=trigger.is_enabled,
        webhook=endpoint.address(trigger),
    )


@transaction.atomic
def switch(*, trigger: Trigger, is_enabled: bool, actor: audit.Actor, now: datetime) -> None:
    """On or off. What was decided while it was off counts for no firing. Harmless where it is so already."""
    found = Trigger.objects.select_for_update().get(pk=trigger.pk)
    if found.is_enabled == is_enabled:
        return
    found.is_enabled = is_enabled
    if is_enabled:
        # What it had seen is not forgotten: marks only move on, also where clocks differ.
        begun = marks.begun(max(now, found.seen_until + marks.LAG))
        found.since, found.seen_until, found.counted = begun.since, begun.until, 0
    found.save(update_fields=["is_enabled", "since", "seen_until", "counted"])
    _record(found, "trigger.switched_on" if is_enabled else "trigger.switched_off", actor, now)


def find(*, name: str, features: Any) -> Trigger:
    """The trigger of this name among these features (a queryset). Raises UnknownTrigger, Ambiguous."""
    rows = Trigger.objects.filter(name=name, feature__in=features).select_related("feature", "recipe", "webhook")
    found = list(rows.order_by("feature__slug")[:10])
    if not found:
        raise UnknownTrigger(name=name[:100])
    if len(found) > 1:
        raise Ambiguous(name=name, features=", ".join(one.feature.slug for one in found))
    return found[0]


def _record(trigger: Trigger, verb: str, actor: audit.Actor, now: datetime) -> None:
    data = {
        "name": trigger.name,
        "condition": trigger.condition["kind"],
        "recipe": trigger.recipe_id,
        "enabled": trigger.is_enabled,
    }
    target = ("trigger", trigger.pk)
    audit.record(actor=actor, verb=verb, target=target, feature=trigger.feature, now=now, data=data)
