"""Annotators' pages: one item, all the evidence, one key."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import taxonomy
from annotation.access import ANNOTATOR, Person
from annotation.errors import Refusal
from annotation.ingest import evidence
from annotation.labels import answers, notes, raters, submit, suggestions
from annotation.labels import drafts as own_drafts
from annotation.labels.answers import Answered
from annotation.models import Flag, Item, Queue, Skip
from annotation.queues import lease, progress
from annotation.web import desks, drafts, forms, shown, suggested
from annotation.web.desks import Desk
from annotation.web.roles import needs

NOTHING = "nothing"
"""What a page that is about something else wants to see after an answer that waited (`then`)."""


@require_safe
@needs(ANNOTATOR)
def queues(request: HttpRequest, person: Person) -> HttpResponse:
    rater = raters.for_user(person.user)
    mine = progress.for_rater(rater=rater, queues=progress.queues_of(person), now=timezone.now())
    lines = [{"progress": line, "url": reverse("work", args=[desks.address(line.queue)])} for line in mine]
    return render(request, "annotate/queues.html", {"lines": lines, "notes": notes.of_rater(rater)})


@require_safe
@needs(ANNOTATOR)
def work(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = desks.of(request, person, queue)
    if chosen := request.GET.get("item"):
        item = desk.item(chosen)
        return _show(desk, lease.take_chosen(rater=desk.rater, item=item, now=desk.now, together=True))
    return _show(desk, lease.take(rater=desk.rater, queue=desk.queue, now=desk.now, wanted=desk.wanted))


@require_safe
@needs(ANNOTATOR)
def ahead(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """The item that comes after the one in sight (`?beside=`), held ready for two minutes. 204: there is none."""
    desk = desks.of(request, person, queue)
    beside = desk.item(request.GET.get("beside", ""))
    item = lease.ahead(rater=desk.rater, queue=desk.queue, now=desk.now, beside=beside, wanted=desk.wanted)
    if item is None:
        return HttpResponse(status=204)
    return render(request, "annotate/work.html#work", _context(desk, item))


@require_POST
@needs(ANNOTATOR)
def mark_shown(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """The item that was held ready stands before its person now: sent by the page that painted it."""
    desk = desks.of(request, person, queue)
    item = desk.item(request.POST.get("item", ""))
    lease.show(rater=desk.rater, item=item, now=desk.now)
    return HttpResponse(status=204)


@require_POST
@needs(ANNOTATOR)
def label(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = desks.of(request, person, queue)
    form = forms.read(forms.LabelForm, request.POST)
    item, answer = desk.handed(form), form.answer()
    after = None
    if _wants_next(desk):
        saved, after = submit.label_and_take(
            rater=desk.rater, item=item, answer=answer, now=desk.now, wanted=desk.wanted
        )
    else:
        saved = submit.label(rater=desk.rater, item=item, answer=answer, now=desk.now)
    said = _("Saved: %(reason)s.") % {"reason": saved.reason.title}
    return _go_on(desk, said, answers.of_label(saved), after=after)


@require_POST
@needs(ANNOTATOR)
def skip(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = desks.of(request, person, queue)
    form = forms.read(forms.SkipForm, request.POST)
    skipped = submit.skip(
        rater=desk.rater,
        item=desk.handed(form),
        reason=form.cleaned_data["reason"],
        submission_id=forms.submission_id(form),
        now=desk.now,
    )
    return _go_on(desk, _("Skipped: it goes to somebody else."), answers.of_skip(skipped))


@require_POST
@needs(ANNOTATOR)
def flag(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    desk = desks.of(request, person, queue)
    form = forms.read(forms.FlagForm, request.POST)
    submit.flag(
        rater=desk.rater,
        item=desk.handed(form),
        reason=form.cleaned_data["reason"],
        comment=form.cleaned_data["comment"],
        submission_id=forms.submission_id(form),
        now=desk.now,
    )
    return _go_on(desk, _("Flagged: an admin will look at it."))


@require_POST
@needs(ANNOTATOR)
def undo(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """Take back one of one's last ten answers in this queue and show its item again, with what was written.

    The form names the answer, so that the same form sent twice takes back one.
    """
    desk = desks.of(request, person, queue)
    last = answers.last(rater=desk.rater, queue=desk.queue)
    if not last:
        return _go_on(desk, _("There is no answer of yours to undo in this queue."))
    chosen = next((one for one in last if one.name == request.POST.get("answer")), None)
    if chosen is None:
        return _go_on(desk, _("That answer was taken back already, or isn't one of your last ten any more."))
    submit.undo(rater=desk.rater, item=chosen.item, now=desk.now)
    said = _("Undone: %(answer)s. Choose again.") % {"answer": chosen.title}
    if not _wants_fragment(request):
        messages.info(request, said)
        return redirect(desk.item_url(chosen.item))
    return _show(desk, chosen.item, said=said)


@require_safe
@needs(ANNOTATOR)
def last(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """One's last ten answers in this queue, each to be taken back or changed."""
    desk = desks.of(request, person, queue)
    found = answers.last(rater=desk.rater, queue=desk.queue)
    lines = [{"answer": one, "headline": shown.headline(one.item.signal_kind)} for one in found]
    context = {"desk": desk, "feature": desk.queue.feature, "lines": lines}
    template = "annotate/last.html"
    return render(request, f"{template}#work" if _wants_fragment(request) else template, context)


@require_POST
@needs(ANNOTATOR)
def renew(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """Hold the item on: sent by the page while its person is at work on it."""
    desk = desks.of(request, person, queue)
    item = desk.item(request.POST.get("item", ""))
    lease.renew(rater=desk.rater, item=item, now=desk.now)
    return HttpResponse(status=204)


def _go_on(desk: Desk, said: str, last: Answered | None = None, *, after: Item | None = None) -> HttpResponse:
    """A script gets the next item in the same answer; a form without one is sent to the page anew.

    `last` is the answer that was just given, where it can be undone; `after` the next item, where it is held already.
    `then`: what the script has in sight by now. The id of an item: the answer brings the one after it. `nothing`: none
    is wanted.
    """
    if not _wants_fragment(desk.request):
        messages.info(desk.request, said)
        return redirect(desk.here)
    then = desk.request.POST.get("then", "")
    if then == NOTHING:
        return HttpResponse(status=204)
    if then:
        return _show_ahead(desk, then, said, last)
    item = after or lease.take(rater=desk.rater, queue=desk.queue, now=desk.now, wanted=desk.wanted)
    return _show(desk, item, said=said, last=last)


def _wants_next(desk: Desk) -> bool:
    """Whether the answer to what was sent brings the item that is to be in sight next."""
    return _wants_fragment(desk.request) and not desk.request.POST.get("then")


def _show_ahead(desk: Desk, in_sight: str, said: str, last: Answered | None) -> HttpResponse:
    """The page has painted the next item by itself: it is marked as shown, and the answer brings the one after it."""
    try:
        item = desk.item(in_sight)
    except Http404:
        return _show(desk, None, said=said, last=last)
    try:
        lease.show(rater=desk.rater, item=item, now=desk.now)
    except Refusal as refused:
        said = f"{said} {refused.message}"
    after = lease.ahead(rater=desk.rater, queue=desk.queue, now=desk.now, beside=item, wanted=desk.wanted)
    return _show(desk, after, said=said, last=last)


def _show(desk: Desk, item: Item | None, *, said: str = "", last: Answered | None = None) -> HttpResponse:
    template = "annotate/work.html"
    context = _context(desk, item, said=said, last=last)
    return render(desk.request, f"{template}#work" if _wants_fragment(desk.request) else template, context)


def _context(desk: Desk, item: Item | None, *, said: str = "", last: Answered | None = None) -> dict[str, Any]:
    context: dict[str, Any] = {"desk": desk, "feature": desk.queue.feature, "said": said, "last": last or _last(desk)}
    if item is not None:
        return context | _of_item(desk, item)
    lines = progress.for_rater(rater=desk.rater, queues=Queue.objects.filter(pk=desk.queue.pk), now=desk.now)
    return context | {"progress": lines[0]}


def _of_item(desk: Desk, item: Item) -> dict[str, Any]:
    begun = own_drafts.NOTHING if item.comes_alone else own_drafts.begun(rater=desk.rater, item=item)
    reasons = taxonomy.reasons(version=desk.version, kind=item.signal_kind)
    if desk.queue.show_suggestions:
        reasons = suggested.reasons(reasons, suggestions.of(item))
    return {
        "item": item,
        # The same in each of the page's forms.
        "ticket": lease.ticket(rater=desk.rater, item=item),
        "submission_id": uuid4(),
        "page": shown.page(evidence.of(item)),
        "version": desk.version,
        **_together(desk, item),
        "groups": shown.groups(reasons),
        "is_suggested": suggested.is_any(reasons),
        "skip_reasons": Skip.Reason.choices,
        "flag_reasons": Flag.Reason.choices,
        "former": begun.label,
        "is_asked_again": begun.is_asked_again,
        "written": drafts.written(begun, now=desk.now),
    }


def _together(desk: Desk, item: Item) -> dict[str, Any]:
    """What belongs together with the item, in the order of the conversation; nothing where it stands alone."""
    found = [] if item.comes_alone else lease.together(rater=desk.rater, item=item, now=desk.now)
    if len(found) < 2:
        return {}
    return {
        "members": [{"member": one, "headline": shown.headline(one.signal_kind)} for one in found],
        "is_one_answer": len({one.interaction_id for one in found}) == 1,
    }


def _last(desk: Desk) -> Answered | None:
    found = answers.last(rater=desk.rater, queue=desk.queue, count=1)
    return found[0] if found else None


def _wants_fragment(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))
