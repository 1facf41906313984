"""One item in review: what each annotator said beside the evidence, settled by a key or sent back with a note."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms as fields
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import taxonomy
from annotation.access import ADJUDICATOR, Person, features_of
from annotation.ingest import evidence
from annotation.labels import disputes, notes, raters
from annotation.labels import review as in_review
from annotation.models import ConsensusRevision, Item, Label, Rater, Reason
from annotation.web import forms, shown
from annotation.web.review import filters
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One adjudicator at work on the items that `chosen` lets through, now."""

    request: HttpRequest
    person: Person
    rater: Rater
    chosen: filters.Filters
    now: datetime

    @property
    def all(self) -> QuerySet[Item]:
        return in_review.items(person=self.person, rater=self.rater, now=self.now)

    @property
    def asked(self) -> QuerySet[Item]:
        return in_review.asked(person=self.person, rater=self.rater, now=self.now)

    @property
    def items(self) -> QuerySet[Item]:
        return self.chosen.of(self.all)

    @property
    def url(self) -> str:
        return _with(reverse("review"), self.chosen.query)


class NoteForm(forms.About):
    """`label` is the id of the label that goes back."""

    label = fields.IntegerField(min_value=1)
    note = fields.CharField(max_length=forms.MAX_TEXT, required=False)


@require_safe
@needs(ADJUDICATOR)
def review(request: HttpRequest, person: Person) -> HttpResponse:
    """What decides most, the one after `?after=` (one that is left comes last), or the one that `?item=` names."""
    desk = _desk(request, person)
    if chosen := request.GET.get("item"):
        item = get_object_or_404(Item, public_id=chosen, feature__in=features_of(person))
        return _show(desk, item) if _is_in_review(desk, item) else _show(desk, None, gone=item)
    return _show(desk, _next(desk, after=request.GET.get("after", "")))


@require_POST
@needs(ADJUDICATOR)
def settle(request: HttpRequest, person: Person) -> HttpResponse:
    desk = _desk(request, person)
    form = forms.read(forms.LabelForm, request.POST)
    saved = in_review.settle(rater=desk.rater, item=_item(desk, form), answer=form.answer(), now=desk.now)
    return _go_on(desk, _("Settled: %(reason)s.") % {"reason": saved.reason.title})


@require_POST
@needs(ADJUDICATOR)
def send_back(request: HttpRequest, person: Person) -> HttpResponse:
    desk = _desk(request, person)
    form = forms.read(NoteForm, request.POST)
    sent = notes.send_back(
        label=get_object_or_404(Label, pk=form.cleaned_data["label"], item__signal=_item(desk, form).signal_id),
        text=form.cleaned_data["note"],
        by=desk.rater,
        submission_id=forms.submission_id(form),
        now=desk.now,
    )
    return _go_on(desk, _("Sent back to %(name)s.") % {"name": sent.rater.user})


def _desk(request: HttpRequest, person: Person) -> Desk:
    rater = raters.for_user(person.user)
    chosen = filters.read(request.GET)
    return Desk(request=request, person=person, rater=rater, chosen=chosen, now=timezone.now())


def _item(desk: Desk, form: forms.About) -> Item:
    return get_object_or_404(Item, public_id=form.cleaned_data["item"], feature__in=features_of(desk.person))


def _is_in_review(desk: Desk, item: Item) -> bool:
    """Those that wait for an answer can be settled all the same, by who asks for them."""
    return any(found.filter(pk=item.pk).exists() for found in (desk.all, desk.asked))


def _next(desk: Desk, *, after: str = "") -> Item | None:
    last = Item.objects.filter(public_id=after).first() if after else None
    waiting = list(desk.items.values_list("pk", flat=True)) if last else []
    if last is None or last.pk not in waiting:
        return desk.items.first()
    return desk.items.get(pk=waiting[(waiting.index(last.pk) + 1) % len(waiting)])


def _go_on(desk: Desk, said: str) -> HttpResponse:
    if not desk.request.headers.get("HX-Request"):
        messages.info(desk.request, said)
        return redirect(desk.url)
    return _show(desk, _next(desk), said=said)


def _show(desk: Desk, item: Item | None, *, said: str = "", gone: Item | None = None) -> HttpResponse:
    context: dict[str, Any] = {"said": said, "item": item, "query": desk.chosen.query, "left": desk.items.count()}
    context |= _of_item(desk, item) if item else {"asked": desk.asked.count()}
    if gone:
        settled = ConsensusRevision.objects.filter(item=gone, superseded_at=None).select_related("reason").first()
        context |= {"gone": gone, "settled": settled}
    template = "review/review.html"
    return render(desk.request, f"{template}#work" if desk.request.headers.get("HX-Request") else template, context)


def _of_item(desk: Desk, item: Item) -> dict[str, Any]:
    said = disputes.opinions([item], now=desk.now)[item.pk]
    reasons = taxonomy.reasons(version=taxonomy.of_queue(item.queue), kind=item.signal_kind)
    return {
        "feature": item.feature,
        "page": shown.page(evidence.of(item)),
        "groups": shown.groups(_with_names(reasons, said)),
        "opinions": said,
        "to_send_back": [one for one in said if one.can_be_sent_back],
        "waits": notes.waiting(now=desk.now).filter(item__signal=item.signal_id).exists(),
        "is_second_look": item.purpose == Item.Purpose.SECOND_LOOK,
        "submission_id": uuid4(),
        "now": desk.now,
    }


def _with_names(reasons: Sequence[Reason], said: list[disputes.Opinion]) -> list[Reason]:
    """The reasons, each with the names of who chose it (`chosen_by`)."""
    names: dict[str, list[str]] = defaultdict(list)
    for one in said:
        names[one.label.reason.code].append(one.name)
    own = [copy(reason) for reason in reasons]
    for reason in own:
        reason.chosen_by = ", ".join(names[reason.code])  # type: ignore[attr-defined]
    return own


def _with(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address
