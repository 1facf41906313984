"""Recipes in one line each, and what a worker would do with what they fire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from annotation import audit, recipes
from annotation.exports import job
from annotation.models import Delivery, Export, Feature, Firing, Recipe
from annotation.recipes import saved
from annotation.recipes.schedule import Schedule
from annotation.webhooks import deliveries, endpoint
from tests.exports import world


def plan(feature: Feature, format: str = "sft", *, every: Any = "", hour: int = 3, **fields: Any) -> saved.Plan:
    own = {name: fields.pop(name) for name in ("is_incremental", "is_enabled", "webhook") if name in fields}
    times = {name: fields.pop(name) for name in ("weekday", "day") if name in fields}
    request = world.wanted(format, feature.slug, **fields)
    return saved.Plan(request=request, schedule=Schedule(every=every, hour=hour, **times), **own)


def recipe(feature: Feature, name: str = "nightly", *, now: datetime = world.LATER, **fields: Any) -> Recipe:
    made, _, _ = saved.create(feature=feature, name=name, plan=plan(feature, **fields), actor=audit.FLYWHEEL, now=now)
    return made


def fired(of: Recipe, kind: Firing.Cause = Firing.Cause.PAGE, *, now: datetime, **about: Any) -> Firing:
    """Fired, and what was fired done by a worker; the export itself too."""
    found = Recipe.objects.select_related("feature").get(pk=of.pk)
    cause = recipes.Cause(kind=kind, about=about)
    return worked(recipes.fire(recipe=found, cause=cause, actor=audit.FLYWHEEL, now=now), now=now)


def worked(firing: Firing, *, now: datetime) -> Firing:
    recipes.run(firing_id=firing.pk, by="test", clock=lambda: now)
    firing = Firing.objects.get(pk=firing.pk)
    if firing.export_id:
        job.run(export_id=firing.export_id, by="test", clock=lambda: now)
    return Firing.objects.select_related("export", "recipe").get(pk=firing.pk)


def exports(of: Recipe) -> list[Export]:
    return list(Export.objects.filter(recipe=of).order_by("pk"))


def told(of: Feature, url: str = "https://hooks.example.com/<b>flywheel</b>") -> tuple[Recipe, Delivery]:
    """A recipe that was fired, and the message about its export, which was answered with markup."""
    made = recipe(of, "told", webhook=url)
    fired(made, now=world.LATER)
    deliveries.note(now=world.LATER)
    Delivery.objects.update(answer_status=500, answer="<script>alert(1)</script>", sent=1)
    return made, Delivery.objects.get(webhook__recipe=made)


def secret(of: Recipe) -> str:
    return endpoint.secret(of.webhook)
