"""The list of versions, one version, two side by side; publishing, and the mapping of labels."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import jobs, tasks, taxonomy
from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.labels.remap import effects
from annotation.labels.remap import request as requests
from annotation.models import Item, Queue, Remap, TaxonomyVersion
from annotation.taxonomy import comparing, drafts
from annotation.web.progress import STATUSES
from annotation.web.roles import needs
from annotation.web.taxonomy import forms, loading, progress, words


class DraftChanged(Refusal):
    """Nothing was published: somebody has changed the draft since this page was opened. Read it anew, then publish."""

    code = "draft_changed"
    status = 409


@require_safe
@needs(ADMIN)
def versions(request: HttpRequest, person: Person) -> HttpResponse:
    """The list. Asked by the page itself, only how far the mapping is, and nothing where that is as it was."""
    context = _mapping()
    if "progress" in context and context["progress"].seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    template = "manage/taxonomy.html"
    if request.headers.get("HX-Request"):
        return render(request, f"{template}#remap", context)
    found = list(_versions())
    context |= {
        "versions": [(one, before) for one, before in zip(found, [*found[1:], None], strict=True)],
        "draft": next((one for one in found if one.published_at is None), None),
        "current": taxonomy.current(),
        "following": Queue.objects.filter(taxonomy_version=None).count(),
    }
    return render(request, template, context)


@require_safe
@needs(ADMIN)
def version(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    found = get_object_or_404(TaxonomyVersion, number=number)
    return show(request, found)


def show(request: HttpRequest, found: TaxonomyVersion, *, status: int = 200, **forms_sent: Any) -> HttpResponse:
    """A version; of a draft with what it would do and the forms to change it, of which some were sent and refused."""
    context: dict[str, Any] = {"version": found, "base": drafts.base_of(found), "is_draft": found.published_at is None}
    if not context["is_draft"]:
        context["kinds"] = loading.kinds(found)
        return render(request, "manage/taxonomy_version.html", context)
    bring = effects.of(found)
    seen = loading.digest(found)
    context |= {
        "kinds": loading.kinds(found, bring),
        "effects": bring,
        "lines": [loading.effect(one) for one in bring.changed],
        "in_the_way": _in_the_way(found),
        "polarities": words.POLARITIES.items(),
        "publish": forms.PublishForm(initial={"seen": seen}),
        "kind_form": forms.KindForm(),
        "running": requests.running(),
    }
    return render(request, "manage/taxonomy_version.html", context | forms_sent, status=status)


@require_safe
@needs(ADMIN)
def compare(request: HttpRequest, person: Person, number: int, other: int) -> HttpResponse:
    """Two versions side by side, the earlier one on the left, whichever was named first."""
    if number == other:
        raise Http404
    earlier = get_object_or_404(TaxonomyVersion, number=min(number, other))
    later = get_object_or_404(TaxonomyVersion, number=max(number, other))
    pairs = comparing.versions(earlier, later)
    context = {
        "earlier": earlier,
        "later": later,
        "kinds": loading.compared(pairs),
        "same": [one.kind for one in pairs if one.is_same],
        "versions": TaxonomyVersion.objects.order_by("-number"),
    }
    return render(request, "manage/taxonomy_compare.html", context)


@require_POST
@needs(ADMIN)
def publish(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    draft = get_object_or_404(TaxonomyVersion, number=number)
    form = forms.PublishForm(request.POST)
    if not form.is_valid():
        return show(request, draft, status=422, publish=form)
    if form.cleaned_data["seen"] != loading.digest(draft):
        raise DraftChanged
    remap = requests.publish(
        version=draft, note=form.cleaned_data["note"], actor=Actor(user=person.user), now=timezone.now()
    )
    said = _("Version %(number)s is published: queues that follow the newest ask by it.") % {"number": draft.number}
    messages.success(request, said)
    if remap is not None:
        tasks.ring(remap)
    return redirect("taxonomy")


@require_POST
@needs(ADMIN)
def remap(request: HttpRequest, person: Person) -> HttpResponse:
    """Map what still stands under an earlier version."""
    asked = requests.start(actor=Actor(user=person.user), now=timezone.now())
    tasks.ring(asked)
    return redirect("taxonomy")


@require_POST
@needs(ADMIN)
def cancel(request: HttpRequest, person: Person) -> HttpResponse:
    number = request.POST.get("remap", "")
    found = get_object_or_404(Remap, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    requests.cancel(remap=found, actor=Actor(user=person.user), now=timezone.now())
    return redirect("taxonomy")


def _versions() -> QuerySet[TaxonomyVersion]:
    counted = TaxonomyVersion.objects.annotate(
        kind_count=Count("kinds", distinct=True), reason_count=Count("reasons", distinct=True)
    )
    return counted.select_related("published_by").order_by("-number")


def _in_the_way(draft: TaxonomyVersion) -> str:
    try:
        drafts.check(draft)
    except Refusal as refusal:
        return refusal.message
    return ""


def _mapping() -> dict[str, Any]:
    """How far the mapping of labels is, or what became of the last one and what is left to map."""
    now = timezone.now()
    last = Remap.objects.select_related("taxonomy_version").order_by("-pk").first()
    workers = jobs.workers_alive(now=now)
    context: dict[str, Any] = {"last": last, "workers": workers}
    if last is not None and last.status in jobs.UNFINISHED:
        return context | {"progress": progress.of(last, has_worker=bool(workers), now=now)}
    if last is not None:
        waiting = last.relabels.filter(label__item__status=Item.Status.OPEN).values("label__item").distinct()
        context |= {"status": STATUSES[last.status], "waiting": waiting.count()}
    return context | {"left": effects.of(taxonomy.current()).to_do}
