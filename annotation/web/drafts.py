"""What annotators are typing: taken from the page's script as they type, and put back where the item is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from annotation.access import ANNOTATOR, Person
from annotation.labels import drafts
from annotation.models import Draft, LabelContent
from annotation.web import desks, forms
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Written(drafts.Typed):
    """What stands in a form's fields. `age_ms`: how long ago it was typed, where it was not sent yet."""

    age_ms: int | None = None

    def __bool__(self) -> bool:
        return self != Written()


@require_POST
@needs(ANNOTATOR)
def draft(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """204, also where something newer was here already."""
    desk = desks.of(request, person, queue)
    form = forms.read(forms.DraftForm, request.POST)
    drafts.save(rater=desk.rater, item=desk.handed(form), typed=form.typed(), typed_at=form.typed_at(desk.now))
    return HttpResponse(status=204)


def written(begun: drafts.Begun, *, now: datetime) -> Written:
    """What was typed and not sent, else what stood in one's own former label."""
    if draft := begun.draft:
        age = max(0, round((now - draft.typed_at).total_seconds() * 1000))
        return _written(draft, draft.certainty, age)
    if begun.label is None:
        return Written()
    return _written(begun.content or LabelContent(), begun.label.certainty)


def _written(texts: Draft | LabelContent, certainty: int | None, age_ms: int | None = None) -> Written:
    return Written(
        comment=texts.comment, correction=texts.correction, quote=texts.quote, certainty=certainty, age_ms=age_ms
    )
