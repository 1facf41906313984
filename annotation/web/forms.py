"""What the forms of annotators and adjudicators send."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar
from uuid import UUID

from django import forms
from django.http import QueryDict

from annotation.errors import Refusal
from annotation.labels.drafts import Typed
from annotation.labels.submit import Answer
from annotation.models import Flag, Skip

MAX_TEXT = 20_000


class IncompleteForm(Refusal):
    """This form can't be read ({problems}). Nothing was saved. Mend that and send it again, or reload
    the page."""

    code = "incomplete_form"
    status = 422


class _Shared(dict[str, forms.Field]):
    """Fields that all forms of a class share."""

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Sent(forms.Form):
    """What a page sent. It is read and never drawn, so its fields need no copy, which takes longer than reading it."""

    def __init__(self, data: QueryDict) -> None:
        self.base_fields = _Shared(self.base_fields)  # type: ignore[misc]  # the instance's own, which Django copies
        super().__init__(data)


class Handed(Sent):
    """Which item a form is about. `ticket` proves that the item was handed to this person."""

    item = forms.CharField(max_length=24)
    ticket = forms.CharField(max_length=200, required=False)


class Written(Sent):
    """What can be written beside a reason."""

    comment = forms.CharField(max_length=MAX_TEXT, required=False)
    correction = forms.CharField(max_length=MAX_TEXT, required=False, strip=False)
    quote = forms.CharField(max_length=MAX_TEXT, required=False)
    certainty = forms.TypedChoiceField(
        choices=[("", ""), ("1", "1"), ("2", "2"), ("3", "3")], coerce=int, empty_value=None, required=False
    )


class About(Handed):
    submission_id = forms.UUIDField()


class LabelForm(About, Written):
    reason = forms.CharField(max_length=60)
    shown_at = forms.DateTimeField(required=False)
    duration_ms = forms.IntegerField(min_value=0, max_value=10**12, required=False)
    evidence_version = forms.IntegerField(min_value=1, max_value=10**6, required=False)
    suggestion_seen = forms.BooleanField(required=False)

    def answer(self) -> Answer:
        sent: dict[str, Any] = self.cleaned_data
        return Answer(
            reason_code=sent["reason"],
            submission_id=sent["submission_id"],
            comment=sent["comment"],
            correction=sent["correction"] if sent["correction"].strip() else "",
            quote=sent["quote"],
            certainty=sent["certainty"],
            shown_at=sent["shown_at"],
            duration_ms=sent["duration_ms"],
            evidence_version=sent["evidence_version"],
            suggestion_seen=sent["suggestion_seen"],
        )


class ChangeForm(LabelForm):
    """`replaces`: one's own label, as the form showed it."""

    replaces = forms.IntegerField(min_value=1)

    def answer(self) -> Answer:
        return replace(super().answer(), replaces=self.cleaned_data["replaces"])


class DraftForm(Handed, Written):
    """What is typed and not sent yet, as it stands: spaces at its ends too. `age_ms`: how long ago it was typed."""

    comment = forms.CharField(max_length=MAX_TEXT, required=False, strip=False)
    quote = forms.CharField(max_length=MAX_TEXT, required=False, strip=False)
    age_ms = forms.IntegerField(min_value=0, max_value=10**12)

    def typed(self) -> Typed:
        sent: dict[str, Any] = self.cleaned_data
        return Typed(
            comment=sent["comment"], correction=sent["correction"], quote=sent["quote"], certainty=sent["certainty"]
        )

    def typed_at(self, now: datetime) -> datetime:
        """An age and not a time: the browser's clock may be wrong, but it tells how long something took."""
        return now - timedelta(milliseconds=self.cleaned_data["age_ms"])


class SkipForm(About):
    reason = forms.ChoiceField(choices=Skip.Reason.choices)


class FlagForm(About):
    reason = forms.ChoiceField(choices=Flag.Reason.choices)
    comment = forms.CharField(max_length=MAX_TEXT, required=False)


Form = TypeVar("Form", bound=Sent)


def read(form: type[Form], data: QueryDict) -> Form:
    """The form with its clean data; raises IncompleteForm with the names of the fields that are wrong."""
    sent = form(data)
    if not sent.is_valid():
        said = [f"{name}: {error}".rstrip(".") for name, errors in sent.errors.items() for error in errors]
        raise IncompleteForm(problems="; ".join(said))
    return sent


def submission_id(form: About) -> UUID:
    found: UUID = form.cleaned_data["submission_id"]
    return found
