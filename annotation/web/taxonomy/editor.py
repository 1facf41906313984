"""The forms of a draft: each makes one call into the taxonomy and shows the draft as it is then."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.labels.remap import effects
from annotation.models import Reason, SignalKind, TaxonomyVersion
from annotation.taxonomy import drafts, editing, keys
from annotation.taxonomy import kinds as kinds_of
from annotation.web.roles import needs
from annotation.web.taxonomy import forms, pages, words


@require_POST
@needs(ADMIN)
def begin(request: HttpRequest, person: Person) -> HttpResponse:
    draft = drafts.begin(**_by(person))
    messages.success(
        request,
        _("Version %(number)s is a draft. Nobody else sees it until you publish it.") % {"number": draft.number},
    )
    return redirect("taxonomy_version", draft.number)


@require_POST
@needs(ADMIN)
def discard(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    drafts.discard(version=_version(number), **_by(person))
    messages.success(request, _("The draft is discarded."))
    return redirect("taxonomy")


@require_POST
@needs(ADMIN)
def add_kind(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    found = _version(number)
    form = forms.KindForm(request.POST)
    try:
        if form.is_valid():
            made = kinds_of.add(version=found, **form.cleaned_data, **_by(person))
            said = _("%(kind)s is added, with the reasons that every kind has. Add its own ones now.")
            messages.success(request, said % {"kind": made.kind})
            return redirect("add_reason", number, made.kind)
    except Refusal as refusal:
        forms.add_refusal(form, refusal)
    return pages.show(request, found, status=422, kind_form=form)


@require_POST
@needs(ADMIN)
def change_kind(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    form = forms.KindChangeForm(request.POST)
    form.fields["kind"].queryset = SignalKind.objects.filter(taxonomy_version=_version(number))  # type: ignore[attr-defined]
    if not form.is_valid():
        messages.error(request, _("That can't be read, and nothing was changed. Reload the page and choose again."))
        return redirect("taxonomy_version", number)
    kinds_of.change(**form.cleaned_data, **_by(person))
    messages.success(request, _("%(kind)s is changed.") % {"kind": form.cleaned_data["kind"]})
    return _to_kind(number, form.cleaned_data["kind"].kind)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def add(request: HttpRequest, person: Person, number: int, kind: str) -> HttpResponse:
    found = _version(number)
    known = get_object_or_404(SignalKind, taxonomy_version=found, kind=kind)
    form = forms.ReasonForm(request.POST if request.method == "POST" else None, free=_free(found, kind))
    try:
        if form.is_valid():
            made = editing.add(version=found, kind=kind, spec=form.reason(), **_by(person))
            messages.success(request, _("“%(title)s” is added.") % {"title": made.title})
            return _to_kind(number, kind)
    except Refusal as refusal:
        forms.add_refusal(form, refusal)
    context = {"version": found, "kind": known, "form": form}
    return render(request, "manage/taxonomy_add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def reason(request: HttpRequest, person: Person, number: int, reason: int) -> HttpResponse:
    """One reason of a draft: change it, merge it, split it, retire it."""
    found = _reason(number, reason)
    free = _free(found.taxonomy_version, found.signal_kind) + found.key
    if request.method != "POST":
        return _show(request, found, change=forms.ChangeForm(initial=forms.initial(found), free=free))
    form = forms.ChangeForm(request.POST, free=free)
    try:
        if form.is_valid():
            is_new = form.cleaned_data["meaning"] == forms.NEW
            made = editing.change(reason=found, spec=form.reason(), is_new_meaning=is_new, **_by(person))
            messages.success(request, _("“%(title)s” is changed.") % {"title": made.title})
            return _to_kind(number, found.signal_kind)
    except Refusal as refusal:
        forms.add_refusal(form, refusal)
    return _show(request, found, status=422, change=form)


@require_POST
@needs(ADMIN)
def merge(request: HttpRequest, person: Person, number: int, reason: int) -> HttpResponse:
    found = _reason(number, reason)
    form = forms.MergeForm(request.POST, reason=found)
    try:
        if form.is_valid():
            into = editing.merge(reason=found, into=form.cleaned_data["into"], **_by(person))
            said = _("“%(title)s” is merged into “%(into)s”.") % {"title": found.title, "into": into.title}
            messages.success(request, said)
            return _to_kind(number, found.signal_kind)
    except Refusal as refusal:
        forms.add_refusal(form, refusal)
    return _show(request, found, status=422, merge=form)


@require_POST
@needs(ADMIN)
def split(request: HttpRequest, person: Person, number: int, reason: int) -> HttpResponse:
    found = _reason(number, reason)
    parts = _parts(found, request)
    try:
        # Both are asked, so that what is wrong is said of both.
        if {part.is_valid() for part in parts} == {True}:
            made = editing.split(reason=found, parts=[part.spec(like=found) for part in parts], **_by(person))
            said = {"title": found.title, "parts": ", ".join(f"“{one.title}”" for one in made)}
            messages.success(request, _("“%(title)s” is split into %(parts)s.") % said)
            return _to_kind(number, found.signal_kind)
    except Refusal as refusal:
        part = parts[-1] if refusal.details.get("title") == parts[0].cleaned_data.get("title") else parts[0]
        forms.add_refusal(part, refusal)
    return _show(request, found, status=422, parts=parts)


@require_POST
@needs(ADMIN)
def retire(request: HttpRequest, person: Person, number: int, reason: int) -> HttpResponse:
    found = _reason(number, reason)
    editing.retire(reason=found, **_by(person))
    messages.success(request, _("“%(title)s” is retired.") % {"title": found.title})
    return _to_kind(number, found.signal_kind)


@require_POST
@needs(ADMIN)
def bring_back(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    found = _version(number)
    origin = get_object_or_404(Reason, pk=_number(request, "reason"), mapped_by__taxonomy_version=found)
    back = editing.bring_back(version=found, origin=origin, **_by(person))
    messages.success(request, _("“%(title)s” is back.") % {"title": back.title})
    return _to_kind(number, back.signal_kind)


@require_POST
@needs(ADMIN)
def move(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    found = _reason(number, _number(request, "reason"))
    editing.move(reason=found, by=-1 if request.POST.get("to") == "up" else 1, **_by(person))
    return _to_kind(number, found.signal_kind)


def _show(request: HttpRequest, found: Reason, *, status: int = 200, **sent: Any) -> HttpResponse:
    free = _free(found.taxonomy_version, found.signal_kind) + found.key
    bring = effects.of(found.taxonomy_version)
    labels = sum(one.labels for one in bring.by_reason if one.fate.target == found)
    context: dict[str, Any] = {
        "version": found.taxonomy_version,
        "reason": found,
        "labels": words.labels(labels),
        "has_origins": found.origins.exists(),
        "is_needed": found.code == editing.NEEDED,
        "change": forms.ChangeForm(initial=forms.initial(found), free=free),
        "merge": forms.MergeForm(reason=found),
        "parts": _parts(found),
    }
    return render(request, "manage/taxonomy_reason.html", context | sent, status=status)


def _parts(found: Reason, request: HttpRequest | None = None) -> list[forms.PartForm]:
    # The whole goes, and its key with it: a part may have it.
    free = _free(found.taxonomy_version, found.signal_kind) + found.key
    sent = request.POST if request else None
    return [forms.PartForm(sent, prefix=name, free=free) for name in ("one", "two")]


def _version(number: int) -> TaxonomyVersion:
    return get_object_or_404(TaxonomyVersion, number=number)


def _reason(number: int, pk: int) -> Reason:
    return get_object_or_404(Reason.objects.select_related("taxonomy_version"), taxonomy_version__number=number, pk=pk)


def _number(request: HttpRequest, name: str) -> int:
    sent = request.POST.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) < 19 else 0


def _free(version: TaxonomyVersion, kind: str) -> str:
    taken = version.reasons.filter(signal_kind=kind).values_list("key", flat=True)
    return keys.free(taken)


def _by(person: Person) -> dict[str, Any]:
    return {"actor": Actor(user=person.user), "now": timezone.now()}


def _to_kind(number: int, kind: str) -> HttpResponse:
    """Back to the draft, at the kind that was changed."""
    answer = redirect("taxonomy_version", number)
    answer["Location"] += f"?kind={kind}#kind-{kind}"
    return answer
