"""A label that was sent back to its annotator: the note, the evidence once more, and the answer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms as fields
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import taxonomy
from annotation.access import ANNOTATOR, Person, features_of
from annotation.ingest import evidence
from annotation.labels import notes, raters
from annotation.models import ReviewNote
from annotation.web import forms, shown
from annotation.web.roles import needs


class AnswerForm(forms.LabelForm):
    reply = fields.CharField(max_length=forms.MAX_TEXT, required=False)


@require_safe
@needs(ANNOTATOR)
def note(request: HttpRequest, person: Person, note: int) -> HttpResponse:
    return _show(request, _own(person, note))


@require_POST
@needs(ANNOTATOR)
def answer(request: HttpRequest, person: Person, note: int) -> HttpResponse:
    """A script gets the next note in the same answer, or where to go on; a form without one goes to that page."""
    found = _own(person, note)
    form = forms.read(AnswerForm, request.POST)
    done = notes.answer(note=found, answer=form.answer(), text=form.cleaned_data["reply"], now=timezone.now())
    said = _("Answered: you keep your label.") if done.is_kept else _("Answered: your label is changed.")
    following = notes.of_rater(done.rater).first()
    if request.headers.get("HX-Request"):
        return _show(request, following or done, said=said)
    messages.info(request, said)
    return redirect("note", following.pk) if following else redirect("me")


def _own(person: Person, pk: int) -> ReviewNote:
    related = ReviewNote.objects.select_related(
        "content", "item__feature", "item__queue", "sent_by__user", "rater", "label__reason", "answer_label__reason"
    )
    rater = raters.for_user(person.user)
    return get_object_or_404(related, pk=pk, rater=rater, item__feature__in=features_of(person))


def _show(request: HttpRequest, note: ReviewNote, *, said: str = "") -> HttpResponse:
    own = notes.current_label(note)
    is_open = own is not None and notes.of_rater(note.rater).filter(pk=note.pk).exists()
    context: dict[str, Any] = {"note": note, "item": note.item, "feature": note.item.feature, "said": said}
    context |= {"label": own, "is_open": is_open, "page": shown.page(evidence.of(note.item))}
    context["left"] = notes.of_rater(note.rater).count()
    if is_open:
        version = taxonomy.of_queue(note.item.queue)
        reasons = taxonomy.reasons(version=version, kind=note.item.signal_kind)
        context |= {"groups": shown.groups(reasons), "former": own, "written": getattr(own, "content", None)}
        context |= {"submission_id": uuid4(), "now": timezone.now()}
    template = "annotate/note.html"
    return render(request, f"{template}#work" if request.headers.get("HX-Request") else template, context)
