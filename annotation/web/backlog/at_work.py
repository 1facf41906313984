"""What one person holds now: given back to the queue, or handed to somebody else."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from annotation.access import ADMIN, ANNOTATOR, Person, features_of
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.labels import raters
from annotation.models import Lease, Queue, Rater, User
from annotation.queues import lease
from annotation.web.roles import needs


class HandOverForm(forms.Form):
    """`queue`: whose items; `taker`: who gets them."""

    queue = forms.ModelChoiceField(Queue.objects.none(), empty_label=None, label=gettext_lazy("Of the queue"))
    taker = forms.ModelChoiceField(User.objects.none(), empty_label=None, label=gettext_lazy("To"))

    def __init__(self, sent: object, *, queues: QuerySet[Queue], giver: Rater) -> None:
        super().__init__(sent)  # type: ignore[arg-type]
        people = User.objects.filter(is_active=True, groups__name=ANNOTATOR, memberships__feature__queues__in=queues)
        self.fields["queue"].queryset = queues  # type: ignore[attr-defined]
        self.fields["taker"].queryset = people.exclude(rater=giver).distinct()  # type: ignore[attr-defined]


@require_safe
@needs(ADMIN)
def one(request: HttpRequest, person: Person, rater: int) -> HttpResponse:
    found = _found(rater)
    return _shown(request, found, HandOverForm(None, queues=_queues(person, found), giver=found))


@require_POST
@needs(ADMIN)
def give_back(request: HttpRequest, person: Person, rater: int) -> HttpResponse:
    """All that the person holds."""
    found = _found(rater)
    queues = list(Queue.objects.filter(feature__in=features_of(person)).values_list("pk", flat=True))
    count = lease.give_back(queues=queues, rater=found, actor=Actor(user=person.user), now=timezone.now())
    said = ngettext("%(n)s item is free again.", "%(n)s items are free again.", count)
    messages.success(request, said % {"n": f"{count:,}"})
    return redirect("at_work", rater)


@require_POST
@needs(ADMIN)
def hand_over(request: HttpRequest, person: Person, rater: int) -> HttpResponse:
    found = _found(rater)
    form = HandOverForm(request.POST, queues=_queues(person, found), giver=found)
    if not form.is_valid():
        return _shown(request, found, form, status=422)
    queue, taker = form.cleaned_data["queue"], raters.for_user(form.cleaned_data["taker"])
    try:
        count = lease.hand_over(
            giver=found, taker=taker, queue=queue, actor=Actor(user=person.user), now=timezone.now()
        )
    except Refusal as refusal:
        form.add_error("taker", refusal.message)
        return _shown(request, found, form, status=422)
    said = ngettext("%(n)s item waits for %(who)s for 8 hours.", "%(n)s items wait for %(who)s for 8 hours.", count)
    messages.success(request, said % {"n": f"{count:,}", "who": raters.shown(taker)})
    return redirect("at_work", rater)


def _found(pk: int) -> Rater:
    return get_object_or_404(Rater.objects.select_related("user"), pk=pk, kind=Rater.Kind.HUMAN)


def _queues(person: Person, rater: Rater) -> QuerySet[Queue]:
    """Those in which the person holds something."""
    held = Lease.objects.filter(rater=rater, expires_at__gt=timezone.now()).values("queue")
    return Queue.objects.filter(feature__in=features_of(person), pk__in=held).select_related("feature")


def _shown(request: HttpRequest, rater: Rater, form: HandOverForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    held = Lease.objects.filter(rater=rater, expires_at__gt=now).select_related("item", "queue__feature")
    context = {
        "rater": rater,
        "name": raters.shown(rater),
        "held": list(held.order_by("queue", "leased_at", "pk")),
        "form": form,
        "title": _("What %(who)s holds") % {"who": raters.shown(rater)},
    }
    return render(request, "backlog/at_work.html", context, status=status)
