"""What the form for a dataset sends, as a request and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundWidget
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.errors import Refusal
from annotation.exports import wanted
from annotation.exports.wanted import ExportRequest, Filters
from annotation.lib import canonical
from annotation.models import Export, Feature, SignalKind, SplitPlan
from annotation.web.datasets import words

MAX_NAMES = 20_000
EARLIER = 100
"""Exports that the form offers to go on from."""
RARER = ("occurred_from", "occurred_to", "model_versions", "reasons", "min_confidence", "sources")


class Moment(forms.DateTimeInput):
    """A day and time in UTC, with the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M:%S", attrs={"step": "1"})


def _share(**texts: Any) -> forms.FloatField:
    return forms.FloatField(min_value=0, max_value=1, widget=forms.NumberInput(attrs={"step": "0.01"}), **texts)


def _one_a_line(**texts: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
    return forms.CharField(required=False, max_length=MAX_NAMES, widget=widget, **texts)


def _any_of(**texts: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, **texts)


class AskForm(forms.Form):
    """The contract's names, but for `filters.from` and `filters.to`, which say here what they are about."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    feature = forms.ModelChoiceField(Feature.objects.none(), to_field_name="slug", empty_label=None, label=_("Feature"))
    format = forms.ChoiceField(choices=list(words.FORMATS.items()), widget=forms.RadioSelect, label=_("Format"))
    container = forms.ChoiceField(
        choices=list(words.CONTAINERS.items()),
        label=_("Written as"),
        help_text=_(
            "Parquet is the smallest and keeps types. Lines of JSON are read by everything, and by services that "
            "fine-tune alone."
        ),
    )
    signal_kinds = _any_of(label=_("Signals"), help_text=_("None chosen: all."))
    outcomes = _any_of(label=_("Outcomes"), choices=list(words.OUTCOMES.items()), help_text=_("None chosen: all."))
    sources = _any_of(
        label=_("Who decided"),
        choices=[(name, words.SOURCES[name]) for name in wanted.SOURCES],
        help_text=_("None chosen: all. Rules and judges only label, so only the format reasons has them."),
    )
    occurred_from = forms.DateTimeField(required=False, widget=Moment, label=_("Occurred from (UTC)"))
    occurred_to = forms.DateTimeField(
        required=False, widget=Moment, label=_("Occurred before (UTC)"), help_text=_("This moment is not included.")
    )
    min_confidence = _share(
        required=False,
        label=_("Least confidence"),
        help_text=_("From 0 to 1. What one label decided has no confidence, so it is left out too. Empty: any."),
    )
    model_versions = _one_a_line(label=_("Model versions"), help_text=_("One a line. Empty: all."))
    reasons = _one_a_line(label=_("Reasons"), help_text=_("One code a line, such as verified. Empty: all."))
    train = _share(label=_("Train"))
    validation = _share(label=_("Validation"))
    test = _share(label=_("Test"))
    group_by = forms.ChoiceField(
        choices=[(name, words.GROUPINGS[name]) for name in wanted.GROUPINGS],
        widget=forms.RadioSelect,
        label=_("Keep together"),
    )
    split_by = forms.ChoiceField(
        required=False,
        choices=[(name, words.SPLIT_BY[name]) for name in wanted.SPLIT_BY],
        widget=forms.RadioSelect,
        label=_("Deal to splits by"),
    )
    seed = forms.IntegerField(
        min_value=-(2**63),
        max_value=2**63 - 1,
        label=_("Seed"),
        help_text=_("The same seed deals the same groups to the same splits, in every later export."),
    )
    since = forms.ChoiceField(
        required=False,
        label=_("Only what is new since"),
        help_text=_(
            "It then holds only what came or changed since that dataset, and names what was withdrawn from it. Whoever "
            "loads it needs that one too."
        ),
    )
    purpose = forms.ChoiceField(
        choices=list(words.PURPOSES.items()),
        label=_("Purpose"),
        help_text=_("Evaluation holds only what was reserved for it when it came in, all as test."),
    )

    override = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": " "}),
        label=_("Why it is made all the same"),
        help_text=_("One sentence. It stands in the dataset's manifest, for whoever trains on it."),
    )

    def __init__(
        self,
        sent: QueryDict | None = None,
        *,
        features: QuerySet[Feature],
        exports: QuerySet[Export],
        initial: Any = None,
    ) -> None:
        """`exports`: those that the person may see, the newest first."""
        super().__init__(sent, initial=initial)
        self.fields["since"].choices = [("", _("everything")), *_earlier(exports)]  # type: ignore[attr-defined]
        self.fields["feature"].queryset = features  # type: ignore[attr-defined]
        self.fields["signal_kinds"].choices = [(kind, kind) for kind in _kinds()]  # type: ignore[attr-defined]

    @property
    def formats(self) -> list[tuple[BoundWidget, str | Promise]]:
        """Each format's box, with who reads what it makes."""
        return [(box, words.READERS[str(box.data["value"])]) for box in self["format"]]

    @property
    def groupings(self) -> list[tuple[BoundWidget, str | Promise]]:
        """Each grouping's box, with why one would choose it."""
        return [(box, words.GROUPED[str(box.data["value"])]) for box in self["group_by"]]

    @property
    def dealings(self) -> list[tuple[BoundWidget, str | Promise]]:
        return [(box, words.DEALT[str(box.data["value"])]) for box in self["split_by"]]

    @property
    def is_narrow(self) -> bool:
        """Whether one of the rarer filters says something, or says something wrong."""
        return any(self[name].value() or self[name].errors for name in RARER)

    def request(self) -> ExportRequest:
        """What was asked for; the form must be valid."""
        sent = self.cleaned_data
        filters = Filters(
            signal_kinds=sent["signal_kinds"],
            outcomes=sent["outcomes"],
            sources=sent["sources"],
            reasons=_lines(sent["reasons"]),
            model_versions=_lines(sent["model_versions"]),
            from_=sent["occurred_from"],
            to=sent["occurred_to"],
            min_confidence=sent["min_confidence"],
        )
        return ExportRequest(
            feature=sent["feature"].slug,
            format=sent["format"],
            container=sent["container"],
            filters=filters,
            splits={name: sent[name] for name in wanted.SPLITS},
            group_by=sent["group_by"],
            split_by=sent["split_by"] or wanted.SPLIT_BY[0],
            seed=sent["seed"],
            purpose=sent["purpose"],
            since=sent["since"] or None,
            override=sent["override"] or None,
        )

    def idempotency_key(self) -> str:
        """The same for a form sent twice; another one for a form that was changed after it was sent."""
        return f"{self.cleaned_data['key']}:{canonical.sha256(self.request().normal())}"

    def refuse(self, refusal: Refusal) -> None:
        """Say at its field what can't be made."""
        self.add_error(_field(refusal.loc or ()), refusal.message)


_FIELDS = {"splits": "train", "from": "occurred_from", "to": "occurred_to"}


def _field(loc: tuple[str | int, ...]) -> str | None:
    place = str(loc[1 if loc[0] == "filters" else 0]) if loc else ""
    name = _FIELDS.get(place, place)
    return name if name in AskForm.base_fields else None


def blank(feature: Feature | None) -> dict[str, Any]:
    """A new form: with the splits of the feature that an earlier export has fixed, where one has."""
    usual = ExportRequest(feature=feature.slug if feature else "", format=wanted.FORMATS[0])
    plan = SplitPlan.objects.filter(feature=feature, seed=usual.seed, group_by=usual.group_by).first()
    return like(usual.normal() | ({"splits": plan.ratios} if plan else {}))


def like(request: dict[str, Any]) -> dict[str, Any]:
    """A form that asks once more for what an export was asked for."""
    filters = request["filters"]
    return {
        **{name: request[name] for name in ("feature", "format", "container", "group_by", "seed", "purpose")},
        **{name: filters[name] for name in ("signal_kinds", "outcomes", "sources", "min_confidence")},
        **{name: request["splits"].get(name, 0) for name in wanted.SPLITS},
        "key": uuid4(),
        "since": request.get("since") or "",
        "split_by": request.get("split_by", wanted.SPLIT_BY[0]),
        "occurred_from": _moment(filters["from"]),
        "occurred_to": _moment(filters["to"]),
        "model_versions": "\n".join(filters["model_versions"]),
        "reasons": "\n".join(filters["reasons"]),
    }


def _earlier(exports: QuerySet[Export]) -> list[tuple[str, str]]:
    """Finished exports to go on from, each told by when it was made and what it is."""
    done = exports.filter(status=Export.Status.DONE)[:EARLIER]
    said = _("%(at)s, %(feature)s, %(format)s: %(id)s")
    return [
        (
            one.public_id,
            said
            % {
                "at": date_format(one.exported_at or one.created_at, "Y-m-d H:i"),
                "feature": one.feature.name,
                "format": one.request["format"],
                "id": one.public_id,
            },
        )
        for one in done
    ]


def _kinds() -> list[str]:
    queued = SignalKind.objects.filter(is_queued=True)
    return list(queued.values_list("kind", flat=True).distinct().order_by("kind"))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
