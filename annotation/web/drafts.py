"""What annotators are typing: taken from the page's script as they type, and put back where the item is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from annotation.access import ANNOTATOR, Person
from annotation.labels import drafts
from annotation.models import Item, Label, LabelContent, Rater
from annotation.web import desks, forms
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Written(drafts.Typed):
    """What stands in a form's fields. `age_ms`: how long ago it was typed, where it was not sent yet."""

    age_ms: int | None = None


@require_POST
@needs(ANNOTATOR)
def draft(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """204, also where something newer was here already."""
    desk = desks.of(request, person, queue)
    form = forms.read(forms.DraftForm, request.POST)
    drafts.save(rater=desk.rater, item=desk.handed(form), typed=form.typed(), typed_at=form.typed_at(desk.now))
    return HttpResponse(status=204)


def written(*, rater: Rater, item: Item, former: Label | None, now: datetime) -> Written:
    """What was typed and not sent, else what stood in one's own former label."""
    if found := drafts.of(rater=rater, item=item):
        return Written(
            comment=found.comment,
            correction=found.correction,
            quote=found.quote,
            certainty=found.certainty,
            age_ms=max(0, round((now - found.typed_at).total_seconds() * 1000)),
        )
    if former is None:
        return Written()
    texts = LabelContent.objects.filter(label=former).first() or LabelContent()
    return Written(comment=texts.comment, correction=texts.correction, quote=texts.quote, certainty=former.certainty)
