"""The one way to fire a recipe, whatever the cause.

Who asks for it by hand gets an export at once, or the refusal. What fires by itself (a schedule, a trigger) leaves a
firing that a worker looks at: it is skipped, and that is written down, where nothing changed since the last export.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.exports import request as requests
from annotation.exports.wanted import ExportRequest
from annotation.models import Export, Firing, Recipe
from annotation.recipes import saved

BY_HAND: Final = (Firing.Cause.PAGE, Firing.Cause.API, Firing.Cause.COMMAND)


class Disabled(Refusal):
    """The recipe {name} is switched off, so nothing fires it but a person or a command. Switch it on first."""

    code = "recipe_disabled"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a recipe is fired. `about`: what more is to be known of it, in ids, codes and counts; `due_at`: the time of
    the schedule, for which it is fired once."""

    kind: Firing.Cause
    about: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None

    @property
    def is_by_hand(self) -> bool:
        return self.kind in BY_HAND


@transaction.atomic
def fire(*, recipe: Recipe, cause: Cause, actor: audit.Actor, now: datetime) -> Firing:
    """Fire it. By hand the firing is done and has its export; else it is a job (`recipes.job`) that the caller rings
    for. Raises Disabled, and what `exports.request.create` does."""
    if not recipe.is_enabled and not cause.is_by_hand:
        raise Disabled(name=recipe.name)
    firing = Firing(
        recipe=recipe,
        cause=cause.kind,
        about=dict(cause.about),
        due_at=cause.due_at,
        requested_by=actor.user,
        token=actor.token,
        created_at=now,
    )
    if cause.is_by_hand:
        firing.export = ask(recipe=recipe, actor=actor, now=now)
        firing.status, firing.finished_at = Firing.Status.DONE, now
    firing.save()
    data = {"cause": cause.kind, "about": dict(cause.about), "firing": firing.pk}
    target = ("recipe", recipe.pk)
    audit.record(actor=actor, verb="recipe.fired", target=target, feature=recipe.feature, now=now, data=data)
    return firing


def fire_due(*, now: datetime) -> list[Firing]:
    """Fire each recipe whose time has come, once for each time, however many call this at once. A time that was missed
    while nothing ran is made up for once."""
    due = Recipe.objects.filter(is_enabled=True, next_at__lte=now).select_related("feature").order_by("next_at", "pk")
    found = [_fire_one(recipe, now) for recipe in due]
    return [firing for firing in found if firing is not None]


def wanted(recipe: Recipe) -> ExportRequest:
    """What it asks for now: an incremental one since its last finished export."""
    request = ExportRequest.model_validate(recipe.request)
    last = last_done(recipe) if recipe.is_incremental else None
    return request.model_copy(update={"since": last.public_id}) if last else request


def last_done(recipe: Recipe) -> Export | None:
    return Export.objects.filter(recipe=recipe, status=Export.Status.DONE).order_by("-pk").first()


def ask(*, recipe: Recipe, actor: audit.Actor, now: datetime) -> Export:
    export, _ = requests.create(
        feature=recipe.feature, request=wanted(recipe), actor=actor, idempotency_key=None, recipe=recipe, now=now
    )
    return export


@transaction.atomic
def _fire_one(recipe: Recipe, now: datetime) -> Firing | None:
    """The row's time is the claim: of several that see it, one moves it on."""
    seen, following = recipe.next_at, saved.schedule_of(recipe).after(now)
    mine = Recipe.objects.filter(pk=recipe.pk, is_enabled=True, next_at=seen)
    if not mine.update(next_at=following):
        return None
    cause = Cause(kind=Firing.Cause.SCHEDULE, due_at=seen)
    return fire(recipe=recipe, cause=cause, actor=audit.FLYWHEEL, now=now)
