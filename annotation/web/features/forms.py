"""What the forms of features send."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotation.models import Feature
from annotation.queues import setup
from annotation.web.features import words

MAX_TRIED = 20_000

# Below 1, as shares of something that must leave a rest.
MOST = 0.999


def _share(**texts: Any) -> forms.FloatField:
    return forms.FloatField(min_value=0, max_value=MOST, widget=forms.NumberInput(attrs={"step": "any"}), **texts)


def _whole(low: int, high: int, **texts: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=low, max_value=high, **texts)


class NewFeature(forms.Form):
    slug = forms.SlugField(
        max_length=100,
        label=_("Slug"),
        help_text=_("What senders write as “feature”: letters, digits, “-” and “_”. It never changes."),
        error_messages={"required": _("Give it a slug: senders name it by that.")},
    )
    name = forms.CharField(
        max_length=200, required=False, label=_("Name"), help_text=_("What people read. Empty: the slug.")
    )


class FeatureForm(forms.Form):
    """A feature's settings, by their names in the contract. `seen`: which changes were shown before they are made."""

    name = forms.CharField(
        max_length=200, label=_("Name"), error_messages={"required": _("Give it a name that people know.")}
    )
    settle_hours = _whole(
        0,
        8760,
        label=_("Hours to settle"),
        help_text=_("So long an interaction waits for a signal; then it counts as one without."),
    )
    closure_days = _whole(
        1,
        3650,
        label=_("Days to close the loop"),
        help_text=_("From a user's action to a model that learned from it."),
    )
    eval_share = _share(
        label=_("Share kept for evaluation"),
        help_text=_("Of conversations, from 0 to below 1. They are never exported for training."),
    )
    redaction = forms.MultipleChoiceField(
        choices=[(rule, title) for rule, title in words.RULES.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Replace before anything is stored"),
        help_text=_("None chosen: texts are stored as they are sent."),
    )
    derive_edited_from = _share(
        required=False,
        label=_("Derive “edited” where more than this share of the words was changed"),
        help_text=_("From 0 (any change) to below 1, for records with a final text and no signal. Empty: never."),
    )
    derive_abandoned_minutes = _whole(
        1,
        525_600,
        required=False,
        label=_("Derive “abandoned” where no further turn came within these minutes"),
        help_text=_("For conversations that settle without a signal. Empty: never."),
    )
    retention_days = _whole(
        1,
        36_500,
        required=False,
        label=_("Delete what is older than these days"),
        help_text=_("Never what was labeled or exported. Empty: keep forever."),
    )
    audited_key = forms.CharField(
        max_length=100,
        required=False,
        label=_("Judge signals apart by this key of the metadata"),
        help_text=_("Such as “language”: its first 20 values are kept beside the figures. Empty: by none."),
    )
    text = forms.CharField(
        max_length=MAX_TRIED,
        required=False,
        strip=False,
        label=_("Try it on a text"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("With the rules chosen here. Nothing of it is stored."),
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, sent: QueryDict | None = None, *, feature: Feature) -> None:
        super().__init__(sent, initial={name: _plain(getattr(feature, name)) for name in setup.CHANGEABLE})
        self.feature = feature
        if setup.has_interactions(feature):
            share = self.fields["eval_share"]
            share.disabled = True
            share.help_text = _("Fixed: interactions were dealt by it, each for life.")

    def differences(self) -> dict[str, list[Any]]:
        """What it would change; the form must be valid."""
        wanted = {name: self.cleaned_data[name] for name in setup.CHANGEABLE}
        return setup.differences(feature=self.feature, wanted=wanted)

    def chosen_rules(self) -> list[str]:
        """Of a form that is sent to try them, whatever else is wrong in it."""
        self.is_valid()
        return [*self.cleaned_data.get("redaction", [])]


def _plain(value: Any) -> Any:
    """A whole share without its “.0”."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digest(differences: dict[str, list[Any]]) -> str:
    """Tells whether what is asked for is what was shown."""
    return hashlib.sha256(orjson.dumps(differences)).hexdigest()[:16]
