"""The admins' page of erasures: say whom to forget, see what that means, then do it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from annotation import erasure
from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.models import Erasure, Feature
from annotation.web.roles import needs

PAGE_SIZE = 25
KINDS = {
    Erasure.Subject.USER: gettext_lazy("a user, by the key that the sender uses"),
    Erasure.Subject.INTERACTION: gettext_lazy("one interaction, by its id"),
}


class SubjectForm(forms.Form):
    """Who or what is to be forgotten, as the sender names it: to the letter, so nothing is cut off its ends."""

    feature = forms.ModelChoiceField(Feature.objects.all(), empty_label=None)
    kind = forms.ChoiceField(choices=list(KINDS.items()), initial=Erasure.Subject.USER)
    name = forms.CharField(
        max_length=1000,
        strip=False,
        error_messages={"required": gettext_lazy("Type the user's key or the interaction's id.")},
    )

    def subject(self) -> erasure.Subject:
        sent = self.cleaned_data
        if sent["kind"] == Erasure.Subject.USER:
            return erasure.user(feature=sent["feature"], user_key=sent["name"])
        return erasure.interaction(feature=sent["feature"], interaction_id=sent["name"])


class EraseForm(SubjectForm):
    """The same once more, now confirmed."""

    sure = forms.BooleanField(error_messages={"required": gettext_lazy("Say that you are sure.")})


@require_safe
@needs(ADMIN)
def erasures(request: HttpRequest, person: Person) -> HttpResponse:
    return _show(request, SubjectForm())


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def preview(request: HttpRequest, person: Person) -> HttpResponse:
    """What would be forgotten, and which datasets and models hold it. What was typed stands in no address."""
    if request.method != "POST":
        return redirect("erasures")
    form = SubjectForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    return _confirm(request, EraseForm(initial=form.cleaned_data), form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def erase(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method != "POST":
        return redirect("erasures")
    form = EraseForm(request.POST)
    if not form.is_valid():
        named = SubjectForm(request.POST)
        return _confirm(request, form, named, status=422) if named.is_valid() else _show(request, named, status=422)
    try:
        done = erasure.erase(subject=form.subject(), actor=Actor(user=person.user), clock=timezone.now)
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return _confirm(request, form, form, status=refusal.status)
    return redirect("erasure", done.pk)


@require_safe
@needs(ADMIN)
def shown(request: HttpRequest, person: Person, erasure_id: int) -> HttpResponse:
    found = get_object_or_404(Erasure.objects.select_related("feature", "asked_by", "token"), pk=erasure_id)
    answer = erasure.answer(found)
    context = {"erasure": found, "answer": answer, "learned": answer.learned, "subject": _title(found)}
    return render(request, "manage/erasure.html", context)


def _show(request: HttpRequest, form: SubjectForm, status: int = 200) -> HttpResponse:
    past = Erasure.objects.select_related("feature", "asked_by", "token").order_by("-asked_at", "-pk")
    page = Paginator(past, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [{"erasure": one, "subject": _title(one)} for one in page]
    context: dict[str, Any] = {"form": form, "pages": page, "lines": lines}
    return render(request, "manage/erasures.html", context, status=status)


def _confirm(request: HttpRequest, form: EraseForm, named: SubjectForm, status: int = 200) -> HttpResponse:
    """`named` is valid."""
    found = erasure.preview(subject=named.subject())
    sent = named.cleaned_data
    context = {"form": form, "sent": sent, "found": found, "learned": found.learned, "kind": KINDS[sent["kind"]]}
    return render(request, "manage/erase.html", context, status=status)


def _title(found: Erasure) -> str:
    """Nobody can tell from the hash who it was; two of them can be told apart."""
    what = _("a user") if found.subject == Erasure.Subject.USER else _("an interaction")
    return f"{what} ({bytes(found.subject_hash).hex()[:8]}…)"
