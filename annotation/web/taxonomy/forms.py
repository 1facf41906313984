"""What the forms of a draft send."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotation.errors import Refusal
from annotation.models import Reason, SignalKind
from annotation.models.taxonomy import USES
from annotation.taxonomy.editing import ReasonSpec
from annotation.web.taxonomy import words

MAX_EXAMPLES = 10
SAME, NEW = "same", "new"


def _code(**texts: Any) -> forms.RegexField:
    wrong = {"invalid": _("Only a to z, digits and “_”, beginning with a letter: such as “wrong_fact”.")}
    return forms.RegexField(r"^[a-z][a-z0-9_]*\Z", max_length=60, error_messages=wrong, **texts)


def _lines(rows: int, **texts: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=4000, **texts)


class KindForm(forms.Form):
    """A new kind of signal."""

    kind = _code(label=_("Kind"), help_text=_("As senders write it, such as “shared”. It never changes."))
    polarity = forms.ChoiceField(
        choices=list(words.POLARITIES.items()),
        label=_("What it says about the answer"),
        help_text=_("What it seems to mean; whether it does is what labels find out."),
    )


class KindChangeForm(forms.Form):
    kind = forms.ModelChoiceField(SignalKind.objects.none())
    polarity = forms.ChoiceField(choices=list(words.POLARITIES.items()))
    is_queued = forms.BooleanField(required=False)


class PartForm(forms.Form):
    """What people read of a reason, and its key."""

    title = forms.CharField(max_length=100, label=_("Title"))
    code = _code(label=_("Code"), help_text=_("In datasets and the API."))
    key = forms.CharField(max_length=1, label=_("Key"))
    definition = _lines(2, label=_("What it means"), help_text=_("One or two sentences, read beside the item."))

    def __init__(self, sent: QueryDict | None = None, *, free: str = "", **more: Any) -> None:
        super().__init__(sent, **more)
        self.fields["key"].help_text = _("Free: %(keys)s") % {"keys": " ".join(free) or _("none")}
        self.fields["key"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}

    def clean_key(self) -> str:
        return str(self.cleaned_data["key"]).lower()

    def spec(self, *, like: Reason) -> ReasonSpec:
        """A part of a reason: with the outcome and the uses of the whole."""
        return ReasonSpec(**self.cleaned_data, outcome=like.outcome, uses=like.uses)


class ReasonForm(PartForm):
    examples = _lines(
        3,
        required=False,
        label=_("Examples"),
        help_text=_("One a line. Write them yourself: what is published can't be erased, so quote no user."),
    )
    outcome = forms.ChoiceField(choices=list(words.OUTCOMES.items()), label=_("Outcome"))
    uses = forms.MultipleChoiceField(
        choices=[(use, words.USES[use]) for use in USES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("What may be trained from it"),
        help_text=_("Only from good and bad answers."),
    )

    def clean_examples(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["examples"].splitlines() if line.strip()]
        if len(lines) > MAX_EXAMPLES:
            raise forms.ValidationError(_("At most ten examples: people read them while they label."))
        return lines

    def reason(self) -> ReasonSpec:
        return ReasonSpec(**{name: self.cleaned_data[name] for name in ReasonSpec.__dataclass_fields__})


class ChangeForm(ReasonForm):
    meaning = forms.ChoiceField(
        choices=[
            (SAME, _("It means the same: labels that say it stay, or go along")),
            (NEW, _("It means something else: labels that say it are labeled again")),
        ],
        widget=forms.RadioSelect,
        initial=SAME,
        label=_("The labels that there are"),
    )


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(Reason.objects.none(), label=_("Merge into"), empty_label=None)

    def __init__(self, sent: QueryDict | None = None, *, reason: Reason) -> None:
        super().__init__(sent)
        others = Reason.objects.filter(taxonomy_version=reason.taxonomy_version, signal_kind=reason.signal_kind)
        field: Any = self.fields["into"]
        field.queryset = others.exclude(pk=reason.pk)
        field.label_from_instance = lambda one: f"{one.title} ({one.code})"


class PublishForm(forms.Form):
    """`seen`: the draft as it was shown, so that nobody publishes what they have not read."""

    note = forms.CharField(
        max_length=1000,
        required=False,
        label=_("What changed, and why"),
        help_text=_("For whoever reads the list of versions later."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


def initial(reason: Reason) -> dict[str, Any]:
    values = {name: getattr(reason, name) for name in ReasonSpec.__dataclass_fields__}
    return values | {"examples": "\n".join(reason.examples), "meaning": SAME}


def add_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Say it at the field that it is about, if the form has it."""
    name = str(refusal.loc[0]) if refusal.loc else ""
    form.add_error(name if name in form.fields else None, refusal.message)
