"""What the form for a trigger sends: one for each thing that can be watched, with what is started."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.errors import Refusal
from annotation.models import Feature, Reason, Recipe, SignalKind
from annotation.triggers import conditions, past, saved
from annotation.triggers.conditions import Condition
from annotation.triggers.words import VERDICTS

DAYS: Final = (7, 30, past.MOST_DAYS)


class TriggerForm(forms.Form):
    """`days`: how much of the past is tried."""

    feature = forms.ModelChoiceField(Feature.objects.none(), to_field_name="slug", empty_label=None, label=_("Feature"))
    name = forms.CharField(
        max_length=60,
        label=_("Name"),
        help_text=_("Small letters, digits and hyphens, such as fifty-wrong-facts. It stays."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    recipe = forms.ModelChoiceField(
        Recipe.objects.none(),
        required=False,
        empty_label=_("no recipe"),
        label=_("Run this recipe"),
        help_text=_("A recipe that is switched off isn't run; the firing says so."),
    )
    webhook = forms.CharField(
        required=False,
        max_length=2000,
        label=_("Tell this address"),
        help_text=_("https:// and a host; each message is signed. Empty: nobody is told."),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )
    cooldown_hours = forms.IntegerField(
        min_value=1,
        max_value=saved.MOST_HOURS,
        initial=24,
        label=_("Rest after a firing, in hours"),
        help_text=_("What comes meanwhile counts for the next one."),
    )
    days = forms.TypedChoiceField(
        coerce=int, choices=[(days, str(days)) for days in DAYS], initial=30, label=_("Past days to try it on")
    )

    def __init__(self, *given: Any, features: QuerySet[Feature], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["feature"].queryset = features  # type: ignore[attr-defined]
        recipe: Any = self.fields["recipe"]
        recipe.queryset = Recipe.objects.filter(feature__in=features).select_related("feature")
        recipe.label_from_instance = lambda one: f"{one.feature.name}: {one.name}"
        for name, choices in (("signal_kind", kinds), ("signal_kinds", kinds), ("reasons", reasons)):
            if name in self.fields:
                self.fields[name].choices = choices()  # type: ignore[attr-defined]

    @property
    def own(self) -> list[Any]:
        """The fields of what is watched."""
        return [self[name] for name in self.fields if name not in TriggerForm.base_fields]

    def condition(self) -> Condition:
        """What is watched; the form must be valid."""
        raise NotImplementedError

    def plan(self) -> saved.Plan:
        sent = self.cleaned_data
        return saved.Plan(
            condition=self.condition(),
            recipe=sent["recipe"],
            cooldown_hours=sent["cooldown_hours"],
            webhook=sent["webhook"].strip(),
        )

    def refuse(self, refusal: Refusal) -> None:
        """Say at its field what can't be kept."""
        place = str(refusal.loc[-1]) if refusal.loc else ""
        self.add_error(place if place in self.fields else None, refusal.message)


class CountForm(TriggerForm):
    at_least = forms.IntegerField(min_value=1, max_value=1_000_000, initial=50, label=_("As many new items"))
    reasons = forms.MultipleChoiceField(
        required=False,
        label=_("Decided as any of"),
        help_text=_("None chosen: whatever they are decided as. An item counts once."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    signal_kinds = forms.MultipleChoiceField(
        required=False,
        label=_("On signals"),
        help_text=_("None chosen: all."),
        widget=forms.CheckboxSelectMultiple,
    )

    def condition(self) -> Condition:
        sent = self.cleaned_data
        return conditions.Count(
            kind="count", at_least=sent["at_least"], reasons=sent["reasons"], signal_kinds=sent["signal_kinds"]
        )


class ShareForm(TriggerForm):
    signal_kind = forms.ChoiceField(label=_("Among signals of the kind"))
    reasons = forms.MultipleChoiceField(
        label=_("The share of any of these reasons"),
        help_text=_("Of the kind that is chosen."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    period = forms.IntegerField(
        min_value=1,
        max_value=conditions.MOST_DAYS,
        initial=7,
        label=_("Days of a period"),
        help_text=_("The last days that have closed are compared with as many before. Each period needs 100 labels."),
    )
    points = forms.FloatField(
        min_value=0,
        max_value=100,
        initial=5,
        label=_("Rose by as many points"),
        help_text=_("And by more than chance would bring."),
    )

    def condition(self) -> Condition:
        sent = self.cleaned_data
        return conditions.Share(
            kind="share",
            signal_kind=sent["signal_kind"],
            reasons=sent["reasons"],
            days=sent["period"],
            rise=sent["points"] / 100,
        )


class VerdictForm(TriggerForm):
    signal_kind = forms.ChoiceField(label=_("The verdict on signals of the kind"))
    verdicts = forms.MultipleChoiceField(
        choices=[(name, VERDICTS[name]) for name in ("valid", "inverted", "noise")],
        label=_("Became any of"),
        help_text=_("For any model version."),
        widget=forms.CheckboxSelectMultiple,
    )

    def condition(self) -> Condition:
        sent = self.cleaned_data
        return conditions.Verdict(kind="verdict", signal_kind=sent["signal_kind"], verdicts=sent["verdicts"])


FORMS: Final[dict[str, type[TriggerForm]]] = {"count": CountForm, "share": ShareForm, "verdict": VerdictForm}
WATCHED: Final = {
    "count": _("A number of new decisions"),
    "share": _("A share that rises"),
    "verdict": _("A verdict on a signal"),
}


def kinds() -> list[tuple[str, str]]:
    rows = SignalKind.objects.filter(is_queued=True, taxonomy_version__published_at__isnull=False)
    return [(kind, kind) for kind in rows.values_list("kind", flat=True).distinct().order_by("kind")]


def reasons() -> list[tuple[str, str]]:
    """Each code once, with the kinds that have it: those of one kind alone stand together."""
    rows = Reason.objects.filter(taxonomy_version__published_at__isnull=False).order_by("signal_kind", "position")
    found: dict[str, dict[str, None]] = {}
    for code, kind in rows.values_list("code", "signal_kind"):
        found.setdefault(code, {})[kind] = None
    of_one = [(code, f"{next(iter(own))}: {code}") for code, own in found.items() if len(own) == 1]
    return [*of_one, *((code, code) for code, own in found.items() if len(own) > 1)]
