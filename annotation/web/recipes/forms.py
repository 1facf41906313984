"""What the form for a recipe sends: the form for a dataset, and when and for whom it is made."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.errors import Refusal
from annotation.models import Export, Feature, Recipe
from annotation.recipes import saved
from annotation.recipes.schedule import Schedule
from annotation.web.datasets import forms as asking
from annotation.web.datasets.forms import AskForm, like
from annotation.web.recipes import words

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]
NEW = {"hour": 3, "weekday": 0, "day": 1, "is_enabled": True}
OWN = ("name", "schedule", "webhook")


class RecipeForm(AskForm):
    """The dataset's fields are its request; `override` stands in each manifest that it makes."""

    name = forms.CharField(
        max_length=60,
        label=_("Name"),
        help_text=_("Small letters, digits and hyphens, such as nightly-sft. It stays."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    schedule = forms.ChoiceField(
        required=False,
        choices=Recipe.Schedule.choices,
        label=_("Make it"),
        help_text=_("Skipped where nothing changed since its last export."),
    )
    hour = forms.TypedChoiceField(coerce=int, choices=HOURS, label=_("At (UTC)"))
    weekday = forms.TypedChoiceField(
        coerce=int, choices=list(enumerate(words.WEEKDAYS)), label=_("On"), help_text=_("Where it is every week.")
    )
    day = forms.TypedChoiceField(
        coerce=int,
        choices=[(day, str(day)) for day in range(1, 29)],
        label=_("On day"),
        help_text=_("Where it is every month."),
    )
    is_incremental = forms.BooleanField(
        required=False,
        label=_("Only what is new or changed since its last export"),
        help_text=_("What was withdrawn is named in the manifest. The first one is whole."),
    )
    is_enabled = forms.BooleanField(
        required=False, label=_("Switched on"), help_text=_("Off, only a person or a command makes it.")
    )
    webhook = forms.CharField(
        required=False,
        max_length=2000,
        label=_("Tell this address when an export is done or failed"),
        help_text=_("https:// and a host; each message is signed. Empty: nobody is told."),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )

    def __init__(self, *given: Any, recipe: Recipe | None = None, **named: Any) -> None:
        # It goes on from its own last export, so none is offered.
        super().__init__(*given, exports=Export.objects.none(), **named)
        if recipe is not None:
            for name in ("feature", "name"):
                self.fields[name].disabled = True

    def plan(self) -> saved.Plan:
        """What the recipe is to be; the form must be valid."""
        sent = self.cleaned_data
        return saved.Plan(
            request=self.request(),
            is_incremental=sent["is_incremental"],
            is_enabled=sent["is_enabled"],
            schedule=Schedule(every=sent["schedule"], hour=sent["hour"], weekday=sent["weekday"], day=sent["day"]),
            webhook=sent["webhook"].strip(),
        )

    def refuse(self, refusal: Refusal) -> None:
        place = str(refusal.loc[0]) if refusal.loc else ""
        if place in OWN:
            self.add_error(place, refusal.message)
        else:
            super().refuse(refusal)


def blank(request: dict[str, Any]) -> dict[str, Any]:
    """A new recipe of a request; of an increment one that goes on."""
    return {**like(request), **NEW, "since": "", "is_incremental": bool(request.get("since"))}


def empty(feature: Feature | None) -> dict[str, Any]:
    """A new recipe of what a new dataset would begin with."""
    return {**asking.blank(feature), **NEW}


def of(recipe: Recipe) -> dict[str, Any]:
    """The form as the recipe is now."""
    plan = saved.plan_of(recipe)
    own = ("name", "schedule", "hour", "weekday", "day", "is_incremental", "is_enabled")
    return {
        **like(recipe.request),
        **{name: getattr(recipe, name) for name in own},
        "feature": recipe.feature.slug,
        "webhook": plan.webhook,
        "override": recipe.request.get("override") or "",
    }
