"""What the forms of judges and their runs send."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import orjson
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotation.labels.judge import prompt, request, versions
from annotation.labels.judge.chosen import Choice
from annotation.labels.judge.request import Limits
from annotation.labels.judge.versions import Spec
from annotation.models import Feature, Judge, JudgeVersion, TaxonomyVersion
from annotation.web.judges import words

MAX_TOKENS = 100_000
_ANY = {"step": "any"}


def _price(**texts: Any) -> forms.DecimalField:
    return forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=6, widget=forms.NumberInput(attrs=_ANY), **texts
    )


class VersionForm(forms.Form):
    """What a version is. `item`: what it is tried on."""

    model = forms.CharField(
        max_length=200,
        label=_("Model"),
        help_text=_("As the server calls it."),
        error_messages={"required": _("Say which model is asked.")},
    )
    taxonomy_version = forms.ModelChoiceField(
        TaxonomyVersion.objects.filter(published_at__isnull=False).order_by("-number"),
        to_field_name="number",
        empty_label=None,
        label=_("Answers by taxonomy version"),
        help_text=_("Its reasons, with their definitions, are what it can answer."),
    )
    prompt = forms.CharField(
        max_length=prompt.MAX_PROMPT,
        label=_("Prompt"),
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text=_(
            "Filled in for each item: {{reasons}} (needed), {{signal}}, {{feature}}, {{guideline}}. The evidence, and "
            "how to answer, are added by Flywheel."
        ),
    )
    temperature = forms.FloatField(
        min_value=0,
        max_value=2,
        required=False,
        widget=forms.NumberInput(attrs=_ANY),
        label=_("Temperature"),
        help_text=_("0 is steadiest. Empty: not sent, for models that take none."),
    )
    max_tokens = forms.IntegerField(
        min_value=1,
        max_value=MAX_TOKENS,
        label=_("Tokens of an answer at most"),
        help_text=_("Models that think before they answer need thousands."),
    )
    price_in = _price(label=_("Price of a million tokens read"), help_text=_("In the currency of your bill; 0: free."))
    price_out = _price(label=_("Price of a million tokens written"), help_text=_("Caps count in this currency too."))
    item = forms.CharField(
        max_length=24,
        required=False,
        label=_("Try it on the item"),
        help_text=_("Its id, such as itm_…. Empty: the newest one."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )

    def __init__(self, sent: QueryDict | None = None, *, after: JudgeVersion | None = None) -> None:
        super().__init__(sent, initial=_initial(after))

    def clean_prompt(self) -> str:
        """With line ends as they were written: browsers send them as two characters."""
        return str(self.cleaned_data["prompt"]).replace("\r\n", "\n")

    def spec(self) -> Spec:
        names = ("model", "taxonomy_version", "prompt", "temperature", "max_tokens", "price_in", "price_out")
        return Spec(**{name: self.cleaned_data[name] for name in names})


class JudgeForm(VersionForm):
    field_order = ["name"]
    name = forms.CharField(
        max_length=versions.MAX_NAME,
        label=_("Name"),
        help_text=_("Its labels carry it, with the version: “Tone v1”."),
        error_messages={"required": _("Give it a name.")},
    )


def _initial(after: JudgeVersion | None) -> dict[str, Any]:
    if after is None:
        return {
            "model": settings.JUDGE_MODEL or "",
            "prompt": prompt.DEFAULT,
            "temperature": 0,
            "max_tokens": 500,
            "price_in": 0,
            "price_out": 0,
        }
    prices = {name: f"{getattr(after, name).normalize():f}" for name in ("price_in", "price_out")}
    temperature = "" if after.temperature is None else f"{after.temperature:g}"
    return {
        "model": after.model,
        "prompt": after.prompt,
        "max_tokens": after.max_tokens,
        "temperature": temperature,
    } | prices


class RunForm(forms.Form):
    """What is asked of which version, and within which limits. `seen`: what was shown before it is started."""

    version = forms.ModelChoiceField(
        JudgeVersion.objects.none(), to_field_name="number", empty_label=None, label=_("Version")
    )
    queues = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label=_("Queues"), help_text=_("None chosen: all.")
    )
    kinds = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label=_("Signals"), help_text=_("None chosen: all.")
    )
    statuses = forms.MultipleChoiceField(
        required=False,
        choices=list(words.ITEM_STATUSES.items()),
        widget=forms.CheckboxSelectMultiple,
        label=_("Items that are"),
        help_text=_("None chosen: all of these. To measure a judge, choose resolved."),
    )
    share = forms.FloatField(
        min_value=0.000001,
        max_value=1,
        initial=1,
        widget=forms.NumberInput(attrs=_ANY),
        label=_("Share of them"),
        help_text=_("Up to 1, drawn by a number of each item's own, whatever people chose to label."),
    )
    limit = forms.IntegerField(min_value=1, max_value=10**9, required=False, label=_("Items at most"))
    per_second = forms.FloatField(
        min_value=0.01,
        max_value=request.MAX_PER_SECOND,
        initial=2,
        widget=forms.NumberInput(attrs=_ANY),
        label=_("Calls a second at most"),
    )
    concurrency = forms.IntegerField(
        min_value=1, max_value=request.MAX_CONCURRENCY, initial=4, label=_("Calls at once at most")
    )
    tries = forms.IntegerField(
        min_value=1,
        max_value=request.MAX_TRIES,
        initial=5,
        label=_("Tries for an item"),
        help_text=_("Calls that fail or bring no usable answer are tried again, up to so many."),
    )
    cost_cap = forms.DecimalField(
        min_value=0,
        max_digits=16,
        decimal_places=6,
        initial=Decimal(5),
        widget=forms.NumberInput(attrs=_ANY),
        label=_("Cost cap"),
        help_text=_("Before each call its worst case must fit under it, so it is never passed."),
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, sent: QueryDict | None = None, *, judge: Judge, feature: Feature) -> None:
        super().__init__(sent)
        own = judge.versions.select_related("judge", "taxonomy_version", "rater").order_by("-number")
        self._choose("version").queryset = own
        self._choose("queues").choices = [(one.name, one.name) for one in feature.queues.all()]
        latest = own.first()
        kinds = latest.taxonomy_version.kinds.filter(is_queued=True) if latest else ()
        self._choose("kinds").choices = [(one.kind, one.kind.replace("_", " ")) for one in kinds]

    def _choose(self, name: str) -> Any:
        return self.fields[name]

    def choice(self) -> Choice:
        names = ("queues", "kinds", "statuses", "share", "limit")
        return Choice(**{name: self.cleaned_data[name] for name in names})

    def limits(self) -> Limits:
        names = ("per_second", "concurrency", "tries", "cost_cap")
        return Limits(**{name: self.cleaned_data[name] for name in names})

    def digest(self, feature: Feature) -> str:
        """Tells whether what is asked for is what was shown."""
        sent = {name: str(value) for name, value in self.cleaned_data.items() if name != "seen"}
        return hashlib.sha256(orjson.dumps([feature.slug, sent])).hexdigest()[:16]
