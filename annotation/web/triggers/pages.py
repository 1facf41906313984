"""The views: each loads what the person may see, makes one call into a room, and shows the answer."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import jobs, tasks
from annotation import triggers as rooms
from annotation.access import ENGINEER, Person, features_of
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.models import Delivery, Trigger, TriggerFiring, Webhook
from annotation.triggers import conditions
from annotation.triggers import words as said
from annotation.web.progress import STATUSES
from annotation.web.recipes import told, words
from annotation.web.roles import needs
from annotation.web.triggers import forms, played
from annotation.webhooks import deliveries, endpoint, messages

PAGE_SIZE = 20


@require_safe
@needs(ENGINEER)
def triggers(request: HttpRequest, person: Person) -> HttpResponse:
    page = Paginator(_triggers(person).order_by("feature__name", "name"), PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [{"trigger": one, "watches": said.title(conditions.read(one.condition))} for one in page]
    return render(request, "triggers/triggers.html", {"pages": page, "lines": lines, "features": person.features})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ENGINEER)
def new(request: HttpRequest, person: Person) -> HttpResponse:
    """`?watch=` says what is watched. A form sent with `try` is only tried on the past."""
    watch = request.GET.get("watch", "count")
    if watch not in forms.FORMS:
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = forms.FORMS[watch](sent, features=features_of(person))
    context = {"form": form, "watch": watch, "watched": forms.WATCHED, "features": person.features}
    if sent is None:
        return render(request, "triggers/form.html", context)
    if "try" in request.POST:
        # To be tried, it needs neither a name nor something to start.
        form.fields["name"].required = False
        status = 200 if (tried := _tried(form)) else 422
        return render(request, "triggers/form.html", context | {"played": tried}, status=status)
    made = _made(form, person)
    if made is None:
        return render(request, "triggers/form.html", context, status=422)
    return _shown(request, made[0], secret=made[1]) if made[1] else redirect("trigger", made[0].pk)


@require_safe
@needs(ENGINEER)
def trigger(request: HttpRequest, person: Person, trigger: int) -> HttpResponse:
    return _shown(request, _found(person, trigger))


@require_POST
@needs(ENGINEER)
def switch_on(request: HttpRequest, person: Person, trigger: int) -> HttpResponse:
    rooms.switch(trigger=_found(person, trigger), is_enabled=True, actor=_actor(person), now=timezone.now())
    return redirect("trigger", trigger)


@require_POST
@needs(ENGINEER)
def switch_off(request: HttpRequest, person: Person, trigger: int) -> HttpResponse:
    rooms.switch(trigger=_found(person, trigger), is_enabled=False, actor=_actor(person), now=timezone.now())
    return redirect("trigger", trigger)


@require_POST
@needs(ENGINEER)
def new_secret(request: HttpRequest, person: Person, trigger: int) -> HttpResponse:
    """The secret stands in the answer to this form, and nowhere else."""
    found = _found(person, trigger)
    webhook = get_object_or_404(Webhook, trigger=found, is_enabled=True)
    secret = endpoint.new_secret(webhook=webhook, actor=_actor(person), now=timezone.now())
    return _shown(request, found, secret=secret)


@require_POST
@needs(ENGINEER)
def send_again(request: HttpRequest, person: Person, trigger: int, delivery: str) -> HttpResponse:
    found = get_object_or_404(Delivery, webhook__trigger=_found(person, trigger), public_id=delivery)
    deliveries.again(delivery=found, actor=_actor(person), now=timezone.now())
    tasks.ring_webhook(found)
    return redirect("trigger", trigger)


def _triggers(person: Person) -> QuerySet[Trigger]:
    rows = Trigger.objects.filter(feature__in=features_of(person))
    return rows.select_related("feature", "recipe", "webhook")


def _found(person: Person, pk: int) -> Trigger:
    return get_object_or_404(_triggers(person), pk=pk)


def _actor(person: Person) -> Actor:
    return Actor(user=person.user)


def _tried(form: forms.TriggerForm) -> played.Played | None:
    if not form.is_valid():
        return None
    sent, condition = form.cleaned_data, form.condition()
    try:
        conditions.check(condition)
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    return _played(sent["feature"], condition, sent["cooldown_hours"], sent["days"])


def _played(feature: Any, condition: Any, cooldown_hours: int, days: int) -> played.Played:
    found = rooms.play(
        feature=feature, condition=condition, cooldown_hours=cooldown_hours, days=days, now=timezone.now()
    )
    return played.shown(condition, found)


def _made(form: forms.TriggerForm, person: Person) -> tuple[Trigger, str | None] | None:
    if not form.is_valid():
        return None
    sent = form.cleaned_data
    try:
        made, secret, is_new = rooms.create(
            feature=sent["feature"], name=sent["name"], plan=form.plan(), actor=_actor(person), now=timezone.now()
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    return made, secret if is_new else None


def _shown(request: HttpRequest, trigger: Trigger, *, secret: str | None = None) -> HttpResponse:
    """The page of a trigger; a new secret is shown this once."""
    condition = conditions.read(trigger.condition)
    rows = trigger.firings.select_related("recipe", "firing__export").order_by("-number")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    chosen = request.GET.get("days", "30")
    days = int(chosen) if chosen in map(str, forms.DAYS) else 30
    context = {
        "trigger": trigger,
        "feature": trigger.feature,
        "watches": said.title(condition),
        "is_rested": rooms.is_rested(trigger, timezone.now()),
        "pages": page,
        "firings": [_line(one, condition) for one in page],
        "secret": secret,
        "days": days,
        "choices": forms.DAYS,
        "played": _played(trigger.feature, condition, trigger.cooldown_hours, days),
        "workers": jobs.workers_alive(now=timezone.now()),
        **told.context(trigger, anew="new_trigger_secret", again="send_firing_again"),
    }
    return render(request, "triggers/trigger.html", context)


def _line(one: TriggerFiring, condition: Any) -> dict[str, Any]:
    export = one.firing.export if one.firing else None
    return {
        "one": one,
        "cause": said.cause(condition, one.about),
        "export": export,
        "export_status": STATUSES[export.status] if export else None,
        "is_recipe_off": messages.skip(one) == messages.RECIPE_OFF,
        "status": words.STATUSES[one.firing.status] if one.firing else None,
    }
