"""Alarms: made, listed with how they stand, switched off; and what was told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from annotation import jobs
from annotation.access import ADMIN, Person, features_of
from annotation.audit import Actor
from annotation.backlog import alarms as rooms
from annotation.errors import Refusal
from annotation.models import Alarm, Delivery, Feature, Queue, User
from annotation.web.backlog import words
from annotation.web.recipes import words as told
from annotation.web.roles import needs

SHOWN = 20


class AlarmForm(forms.Form):
    """What is watched, and who is told."""

    feature = forms.ModelChoiceField(Feature.objects.none(), empty_label=None, label=gettext_lazy("Feature"))
    queue = forms.ModelChoiceField(
        Queue.objects.none(),
        required=False,
        empty_label=gettext_lazy("all queues together"),
        label=gettext_lazy("Queue"),
    )
    kind = forms.ChoiceField(choices=Alarm.Kind.choices, label=gettext_lazy("What may not grow"))
    most = forms.IntegerField(min_value=1, max_value=2_000_000_000, label=gettext_lazy("Tell above"))
    people = forms.ModelMultipleChoiceField(
        User.objects.none(),
        required=False,
        label=gettext_lazy("Mail to"),
        widget=forms.CheckboxSelectMultiple,
    )
    webhook = forms.CharField(
        required=False,
        max_length=2000,
        label=gettext_lazy("Tell this address"),
        help_text=gettext_lazy("https:// and a host; each message is signed. Empty: none is told."),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )

    def __init__(self, *given: Any, features: QuerySet[Feature], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["feature"].queryset = features  # type: ignore[attr-defined]
        queues: Any = self.fields["queue"]
        queues.queryset = Queue.objects.filter(feature__in=features).select_related("feature")
        people = User.objects.filter(is_active=True, groups__name=ADMIN) | User.objects.filter(is_superuser=True)
        self.fields["people"].queryset = people.distinct().order_by("email")  # type: ignore[attr-defined]

    def plan(self) -> rooms.Plan:
        sent = self.cleaned_data
        return rooms.Plan(
            feature=sent["feature"],
            queue=sent["queue"],
            kind=sent["kind"],
            most=sent["most"],
            people=list(sent["people"]),
            webhook=sent["webhook"].strip(),
        )

    def refuse(self, refusal: Refusal) -> None:
        """Say at its field what can't be kept."""
        place = str(refusal.loc[-1]) if refusal.loc else ""
        self.add_error(place if place in self.fields else None, refusal.message)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def alarms(request: HttpRequest, person: Person) -> HttpResponse:
    """A new webhook's secret stands in the answer to the form, and nowhere else."""
    features = features_of(person)
    form = AlarmForm(request.POST or None, features=features)
    made = _made(form, person) if request.method == "POST" else None
    if made is not None and made[1] is None:
        messages.success(request, _("It is watched from now on."))
        return redirect("alarms")
    context = {
        "form": AlarmForm(features=features) if made else form,
        "alarms": [_line(one) for one in _alarms(features)],
        "alerts": [_alert(one) for one in rooms.latest(features=person.features, count=SHOWN)],
        "secret": made[1] if made else None,
        "has_mail": bool(settings.MAIL_FROM),
        "workers": jobs.workers_alive(now=timezone.now()),
    }
    return render(request, "backlog/alarms.html", context, status=422 if form.errors and not made else 200)


@require_POST
@needs(ADMIN)
def switch_off(request: HttpRequest, person: Person, alarm: int) -> HttpResponse:
    found = get_object_or_404(_alarms(features_of(person)), pk=alarm)
    rooms.switch_off(alarm=found, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("It is watched no more."))
    return redirect("alarms")


def _made(form: AlarmForm, person: Person) -> tuple[Alarm, str | None] | None:
    if not form.is_valid():
        return None
    try:
        return rooms.create(plan=form.plan(), actor=Actor(user=person.user), now=timezone.now())
    except Refusal as refusal:
        form.refuse(refusal)
        return None


def _alarms(features: QuerySet[Feature]) -> QuerySet[Alarm]:
    rows = Alarm.objects.filter(feature__in=features, is_enabled=True)
    return rows.select_related("feature", "queue", "webhook").prefetch_related("people")


def _line(alarm: Alarm) -> dict[str, Any]:
    value = rooms.value_of(alarm=alarm, now=timezone.now())
    return {
        "alarm": alarm,
        "watched": words.watched(alarm),
        "stands": _("can't be told yet") if value is None else words.figure(alarm, value),
    }


def _alert(alert: Any) -> dict[str, Any]:
    sent = Delivery.objects.filter(alert=alert).select_related("person", "webhook").order_by("pk")
    return {
        "alert": alert,
        "figure": words.figure(alert.alarm, alert.value),
        "sent": [{"delivery": one, "answer": told.answer(one)} for one in sent],
    }
