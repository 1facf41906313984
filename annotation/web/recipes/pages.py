"""The views: each loads what the person may see, makes one call into a room, and shows the answer."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import jobs, tasks
from annotation import recipes as rooms
from annotation.access import ENGINEER, Person, features_of
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.models import Delivery, Firing, Recipe, Webhook
from annotation.recipes import saved
from annotation.web.datasets import figures, seen
from annotation.web.progress import STATUSES
from annotation.web.recipes import forms, told, words
from annotation.web.roles import needs
from annotation.webhooks import deliveries, endpoint

PAGE_SIZE = 20


@require_safe
@needs(ENGINEER)
def recipes(request: HttpRequest, person: Person) -> HttpResponse:
    last = Firing.objects.filter(recipe=OuterRef("pk")).order_by("-created_at", "-pk")
    found = _recipes(person).annotate(fired_at=Subquery(last.values("created_at")[:1]))
    page = Paginator(found.order_by("feature__name", "name"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "pages": page,
        "lines": [{"recipe": one, "schedule": words.schedule(one)} for one in page],
        "features": person.features,
    }
    return render(request, "recipes/recipes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ENGINEER)
def new(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method != "POST":
        first = person.features[0] if person.features else None
        form = forms.RecipeForm(features=features_of(person), initial=forms.empty(first))
        return render(request, "recipes/form.html", {"form": form, "features": person.features})
    form = forms.RecipeForm(request.POST, features=features_of(person))
    made = _save(form, person)
    if made is None:
        return render(request, "recipes/form.html", {"form": form, "features": person.features}, status=422)
    return _shown(request, made[0], made[1]) if made[1] else redirect("recipe", made[0].pk)


@require_safe
@needs(ENGINEER)
def from_export(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    """The form for a recipe that asks for what an export was asked for."""
    found = seen.export(person, export)
    initial = forms.blank(found.request)
    form = forms.RecipeForm(features=features_of(person), initial=initial)
    return render(request, "recipes/form.html", {"form": form, "features": person.features, "export": found})


@require_safe
@needs(ENGINEER)
def recipe(request: HttpRequest, person: Person, recipe: int) -> HttpResponse:
    return _shown(request, _found(person, recipe))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ENGINEER)
def change(request: HttpRequest, person: Person, recipe: int) -> HttpResponse:
    found = _found(person, recipe)
    form = forms.RecipeForm(
        request.POST if request.method == "POST" else None,
        features=features_of(person),
        initial=forms.of(found),
        recipe=found,
    )
    if request.method == "POST" and form.is_valid():
        try:
            secret = saved.change(recipe=found, plan=form.plan(), actor=_actor(person), now=timezone.now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return _shown(request, _found(person, recipe), secret) if secret else redirect("recipe", found.pk)
    context = {"form": form, "features": person.features, "recipe": found}
    return render(request, "recipes/form.html", context, status=422 if form.errors else 200)


@require_POST
@needs(ENGINEER)
def run(request: HttpRequest, person: Person, recipe: int) -> HttpResponse:
    cause = rooms.Cause(kind=Firing.Cause.PAGE)
    firing = rooms.fire(recipe=_found(person, recipe), cause=cause, actor=_actor(person), now=timezone.now())
    if firing.export is None:
        return redirect("recipe", recipe)
    tasks.ring(firing.export)
    return redirect("dataset", firing.export.public_id)


@require_POST
@needs(ENGINEER)
def new_secret(request: HttpRequest, person: Person, recipe: int) -> HttpResponse:
    """The secret stands in the answer to this form, and nowhere else."""
    found = _found(person, recipe)
    webhook = get_object_or_404(Webhook, recipe=found, is_enabled=True)
    secret = endpoint.new_secret(webhook=webhook, actor=_actor(person), now=timezone.now())
    return _shown(request, found, secret)


@require_POST
@needs(ENGINEER)
def send_again(request: HttpRequest, person: Person, recipe: int, delivery: str) -> HttpResponse:
    found = get_object_or_404(Delivery, webhook__recipe=_found(person, recipe), public_id=delivery)
    deliveries.again(delivery=found, actor=_actor(person), now=timezone.now())
    tasks.ring_webhook(found)
    return redirect("recipe", recipe)


def _recipes(person: Person) -> QuerySet[Recipe]:
    return Recipe.objects.filter(feature__in=features_of(person)).select_related("feature", "created_by")


def _found(person: Person, pk: int) -> Recipe:
    return get_object_or_404(_recipes(person), pk=pk)


def _actor(person: Person) -> Actor:
    return Actor(user=person.user)


def _save(form: forms.RecipeForm, person: Person) -> tuple[Recipe, str | None] | None:
    if not form.is_valid():
        return None
    sent = form.cleaned_data
    try:
        made, secret, is_new = saved.create(
            feature=sent["feature"], name=sent["name"], plan=form.plan(), actor=_actor(person), now=timezone.now()
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    return made, secret if is_new else None


def _shown(request: HttpRequest, recipe: Recipe, secret: str | None = None) -> HttpResponse:
    """The page of a recipe; a new secret is shown this once."""
    firings = recipe.firings.select_related("export", "requested_by", "token").order_by("-created_at", "-pk")
    page = Paginator(firings, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "recipe": recipe,
        "feature": recipe.feature,
        "schedule": words.schedule(recipe),
        "asked": figures.asked(recipe.request),
        "pages": page,
        "firings": [_line(firing) for firing in page],
        "secret": secret,
        "started_by": recipe.triggers.filter(is_enabled=True).order_by("name"),
        "workers": jobs.workers_alive(now=timezone.now()),
        **told.context(recipe, anew="new_webhook_secret", again="send_delivery_again"),
    }
    return render(request, "recipes/recipe.html", context)


def _line(firing: Firing) -> dict[str, Any]:
    export = firing.export
    return {
        "firing": firing,
        "status": words.STATUSES[firing.status],
        "export_status": STATUSES[export.status] if export else None,
    }
