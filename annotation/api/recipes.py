"""Recipes: requests for datasets that are saved, and fired by hand or by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from annotation import recipes, tasks
from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Sent, Slug, Text
from annotation.errors import Refusal
from annotation.exports.wanted import ExportRequest
from annotation.lib.documented import Documented
from annotation.models import Firing, Recipe
from annotation.recipes import saved
from annotation.recipes.schedule import Schedule
from annotation.webhooks import endpoint

router = Router(tags=["Datasets"])

OWN_FIELDS = ("name", "schedule", "webhook", "request")


class ScheduleSent(Sent):
    """Hours are UTC. `weekday` (0 is Monday) counts weekly, `day` monthly."""

    every: Literal["daily", "weekly", "monthly"]
    hour: Annotated[int, Field(ge=0, le=23)] = 0
    weekday: Annotated[int, Field(ge=0, le=6)] = 0
    day: Annotated[int, Field(ge=1, le=28)] = 1


class RecipeSent(Sent):
    """`request` is what POST /api/v1/exports takes. An incremental recipe asks since its last done export."""

    name: Annotated[str, Documented({"pattern": f"^{saved.NAME.pattern}$"})]
    request: ExportRequest
    incremental: bool = False
    enabled: bool = True
    schedule: ScheduleSent | None = None
    webhook: Annotated[Text, Field(max_length=2000)] | None = None


class RecipeShown(Schema):
    feature: str
    name: str
    request: dict[str, Any]
    incremental: bool
    enabled: bool
    schedule: ScheduleSent | None
    next_at: datetime | None
    webhook: str | None
    created_at: datetime


class RecipeMade(Schema):
    """`secret` signs what the webhook is told. It is shown this once."""

    created: bool
    detail: str
    recipe: RecipeShown
    secret: str | None


class FiringShown(Schema):
    """`skip` says why no export was asked for; `error` why it could not be."""

    recipe: str
    feature: str
    cause: str
    about: dict[str, Any]
    fired_at: datetime
    status: str
    skip: str | None
    error: str | None
    export: str | None
    url: str | None


class RecipeFilter(paging.Paging):
    feature: Slug | None = None


@router.get(
    "/recipes",
    auth=auth.scope("export"),
    response=problems.responses({200: paging.Page[RecipeShown]}, 404, 422),
    summary="List recipes",
)
def listed(request: ApiRequest, query: Query[RecipeFilter]) -> dict[str, object]:
    rows = auth.visible(request, Recipe.objects.select_related("feature", "webhook"))
    if query.feature is not None:
        rows = rows.filter(feature=auth.feature(request, query.feature))
    return paging.page(request, rows, query, shown=_shown)


@router.post(
    "/recipes",
    auth=auth.scope("export"),
    response=problems.responses({200: RecipeMade, 201: RecipeMade}, 404, 409, *problems.WITH_BODY),
    summary="Save a recipe",
)
def create(request: ApiRequest, sent: RecipeSent) -> Status[dict[str, Any]]:
    """A name stands for one recipe of its feature: the same again changes nothing, another one under it is refused."""
    feature = auth.feature(request, sent.request.feature)
    times = Schedule(**sent.schedule.model_dump()) if sent.schedule else saved.UNSCHEDULED
    plan = saved.Plan(
        request=sent.request,
        is_incremental=sent.incremental,
        is_enabled=sent.enabled,
        schedule=times,
        webhook=sent.webhook or "",
    )
    try:
        made, secret, is_new = saved.create(
            feature=feature, name=sent.name, plan=plan, actor=auth.actor(request), now=timezone.now()
        )
    except Refusal as refusal:
        refusal.loc = _place(refusal.loc)
        raise
    detail = "The recipe is saved." if is_new else "This recipe is there already; nothing was changed."
    told = {"created": is_new, "detail": detail, "recipe": _shown(made), "secret": secret}
    return Status(201 if is_new else 200, told)


@router.post(
    "/recipes/{name}/run",
    auth=auth.scope("export"),
    response=problems.responses({202: FiringShown}, 404, 409, 422),
    summary="Run a recipe now",
)
def run(request: ApiRequest, name: str, feature: Slug | None = None) -> Status[dict[str, Any]]:
    """Asks for an export, whether something changed or not. Where several features have one of this name, name the
    feature."""
    firing = recipes.fire(
        recipe=recipes.find(name=name, features=auth.features(request, feature)),
        cause=recipes.Cause(kind=Firing.Cause.API),
        actor=auth.actor(request),
        now=timezone.now(),
    )
    if firing.export is not None:
        tasks.ring(firing.export)
    return Status(202, _fired(request, firing))


@router.get(
    "/recipes/{name}/firings",
    auth=auth.scope("export"),
    response=problems.responses({200: paging.Page[FiringShown]}, 404, 409, 422),
    summary="List what a recipe's firings made, newest first",
)
def firings(request: ApiRequest, name: str, query: Query[RecipeFilter]) -> dict[str, object]:
    found = recipes.find(name=name, features=auth.features(request, query.feature))
    rows = Firing.objects.filter(recipe=found)
    rows = rows.select_related("recipe__feature", "export")
    return paging.page(request, rows, query, newest_first=True, shown=lambda firing: _fired(request, firing))


def _place(loc: tuple[str | int, ...] | None) -> tuple[str | int, ...] | None:
    """Where in the body that is; what is asked for stands one deeper here."""
    if loc is None:
        return None
    return ("body", *loc) if loc[0] in OWN_FIELDS else ("body", "request", *loc)


def _shown(recipe: Recipe) -> dict[str, Any]:
    times = {"every": recipe.schedule, "hour": recipe.hour, "weekday": recipe.weekday, "day": recipe.day}
    return {
        "feature": recipe.feature.slug,
        "name": recipe.name,
        "request": recipe.request,
        "incremental": recipe.is_incremental,
        "enabled": recipe.is_enabled,
        "schedule": times if recipe.schedule else None,
        "next_at": recipe.next_at,
        "webhook": endpoint.address(recipe) or None,
        "created_at": recipe.created_at,
    }


def _fired(request: ApiRequest, firing: Firing) -> dict[str, Any]:
    export = firing.export
    url = reverse("api:export", kwargs={"id": export.public_id}) if export else None
    return {
        "recipe": firing.recipe.name,
        "feature": firing.recipe.feature.slug,
        "cause": firing.cause,
        "about": firing.about,
        "fired_at": firing.created_at,
        "status": firing.status,
        "skip": firing.skip or None,
        "error": firing.error or None,
        "export": export.public_id if export else None,
        "url": request.build_absolute_uri(url) if url else None,
    }
