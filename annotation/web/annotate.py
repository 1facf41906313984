"""Annotators' pages: one item, all the evidence, one key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import taxonomy
from annotation.access import ANNOTATOR, Person
from annotation.ingest import evidence
from annotation.labels import notes, raters, submit
from annotation.models import Flag, Item, Label, LabelContent, Queue, Rater, Skip
from annotation.queues import lease, progress
from annotation.web import forms, shown
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One person at one queue, now."""

    request: HttpRequest
    rater: Rater
    queue: Queue
    now: datetime

    @property
    def url(self) -> str:
        return reverse("work", args=[address(self.queue)])


def address(queue: Queue) -> str:
    """A queue in an address: `<feature>.<queue>`; neither name can hold a dot."""
    return f"{queue.feature.slug}.{queue.name}"


@require_safe
@needs(ANNOTATOR)
def queues(request: HttpRequest, person: Person) -> HttpResponse:
    rater = raters.for_user(person.user)
    mine = progress.for_rater(rater=rater, queues=progress.queues_of(person), now=timezone.now())
    lines = [{"progress": line, "url": reverse("work", args=[address(line.queue)])} for line in mine]
    return render(request, "annotate/queues.html", {"lines": lines, "notes": notes.of_rater(rater)})


@require_safe
@needs(ANNOTATOR)
def work(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = _desk(request, person, queue)
    if chosen := request.GET.get("item"):
        item = get_object_or_404(Item, public_id=chosen, queue=desk.queue)
        return _show(desk, lease.take_chosen(rater=desk.rater, item=item, now=desk.now))
    return _show(desk, lease.take(rater=desk.rater, queue=desk.queue, now=desk.now))


@require_POST
@needs(ANNOTATOR)
def label(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = _desk(request, person, queue)
    form = forms.read(forms.LabelForm, request.POST)
    saved = submit.label(rater=desk.rater, item=_item(desk, form), answer=form.answer(), now=desk.now)
    return _go_on(desk, _("Saved: %(reason)s.") % {"reason": saved.reason.title})


@require_POST
@needs(ANNOTATOR)
def skip(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = _desk(request, person, queue)
    form = forms.read(forms.SkipForm, request.POST)
    submit.skip(
        rater=desk.rater,
        item=_item(desk, form),
        reason=form.cleaned_data["reason"],
        submission_id=forms.submission_id(form),
        now=desk.now,
    )
    return _go_on(desk, _("Skipped: it goes to somebody else."))


@require_POST
@needs(ANNOTATOR)
def flag(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = _desk(request, person, queue)
    form = forms.read(forms.FlagForm, request.POST)
    submit.flag(
        rater=desk.rater,
        item=_item(desk, form),
        reason=form.cleaned_data["reason"],
        comment=form.cleaned_data["comment"],
        submission_id=forms.submission_id(form),
        now=desk.now,
    )
    return _go_on(desk, _("Flagged: an admin will look at it."))


@require_POST
@needs(ANNOTATOR)
def undo(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """Take back one's last label in this queue and show its item again, with what was written.

    The form names that label, so that the same form sent twice takes back one.
    """
    desk = _desk(request, person, queue)
    last = _own_labels(desk).first()
    if last is None:
        return _go_on(desk, _("There is no label of yours to undo in this queue."))
    if request.POST.get("label") != str(last.pk):
        return _go_on(desk, _("That label was taken back already, or isn't your last one any more."))
    undone = submit.undo(rater=desk.rater, item=last.item, now=desk.now)
    said = _("Undone: %(reason)s. Choose again.") % {"reason": last.reason.title}
    if not _wants_fragment(request):
        messages.info(request, said)
        return redirect(f"{desk.url}?{urlencode({'item': last.item.public_id})}")
    return _show(desk, last.item, said=said, former=undone)


@require_POST
@needs(ANNOTATOR)
def renew(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """Hold the item on: sent by the page while its person is at work on it."""
    desk = _desk(request, person, queue)
    item = get_object_or_404(Item, public_id=request.POST.get("item", ""), queue=desk.queue)
    lease.renew(rater=desk.rater, item=item, now=desk.now)
    return HttpResponse(status=204)


def _desk(request: HttpRequest, person: Person, name: str) -> Desk:
    feature, _dot, queue_name = name.partition(".")
    queue = progress.queues_of(person).filter(feature__slug=feature, name=queue_name).first()
    if queue is None:
        raise Http404
    return Desk(request=request, rater=raters.for_user(person.user), queue=queue, now=timezone.now())


def _item(desk: Desk, form: forms.About) -> Item:
    """The item that a form is about, if it was handed to this person."""
    item = get_object_or_404(Item, public_id=form.cleaned_data["item"], queue=desk.queue)
    lease.check_ticket(rater=desk.rater, item=item, proof=form.cleaned_data["ticket"])
    return item


def _go_on(desk: Desk, said: str) -> HttpResponse:
    """A script gets the next item in the same answer; a form without one is sent to the page anew."""
    if not _wants_fragment(desk.request):
        messages.info(desk.request, said)
        return redirect(desk.url)
    return _show(desk, lease.take(rater=desk.rater, queue=desk.queue, now=desk.now), said=said)


def _show(desk: Desk, item: Item | None, *, said: str = "", former: Label | None = None) -> HttpResponse:
    context: dict[str, Any] = {"desk": desk, "feature": desk.queue.feature, "said": said}
    template = "annotate/work.html"
    if item is None:
        lines = progress.for_rater(rater=desk.rater, queues=Queue.objects.filter(pk=desk.queue.pk), now=desk.now)
        context |= {"progress": lines[0], "last": _own_labels(desk).first()}
    else:
        context |= _of_item(desk, item, former)
    return render(desk.request, f"{template}#work" if _wants_fragment(desk.request) else template, context)


def _of_item(desk: Desk, item: Item, former: Label | None) -> dict[str, Any]:
    version = taxonomy.of_queue(desk.queue)
    former = former or _taken_back(desk, item)
    return {
        "item": item,
        "page": shown.page(evidence.of(item)),
        "groups": shown.groups(list(taxonomy.reasons(version=version, kind=item.signal_kind))),
        "skip_reasons": Skip.Reason.choices,
        "flag_reasons": Flag.Reason.choices,
        "ticket": lease.ticket(rater=desk.rater, item=item),
        "submission_id": uuid4(),
        "former": former,
        "written": LabelContent.objects.filter(label=former).first() if former else None,
        "last": _own_labels(desk).first(),
    }


def _own_labels(desk: Desk) -> Any:
    labels = Label.objects.filter(rater=desk.rater, superseded_at=None, role=Label.Role.ANNOTATOR)
    return labels.filter(item__queue=desk.queue).select_related("reason", "item__queue").order_by("-received_at", "-pk")


def _taken_back(desk: Desk, item: Item) -> Label | None:
    """One's own label of this item that was undone: what was written in it comes back to be edited."""
    return Label.objects.filter(rater=desk.rater, item=item).select_related("reason").order_by("-pk").first()


def _wants_fragment(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))
