"""What the form of a rule sends: a reason, and a condition in lines or, for whoever wants more, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotation import taxonomy
from annotation.labels.rules import writing
from annotation.lib import conditions
from annotation.lib.conditions import Group, InvalidConditionError
from annotation.models import Feature, Reason, RuleVersion
from annotation.web.rules import lines
from annotation.web.rules.lines import Typed

FIRST_LINES, SOME_LINES = 3, 2
MORE = 2
MAX_TYPED = 4_000
"""Characters of one entry of a line: a list of texts."""

PARTS = ("every", "some")
"""The two parts of the condition: all of the first, and at least one of the second."""


class RuleForm(forms.Form):
    """`written`: the condition as JSON, in place of lines."""

    reason = forms.ModelChoiceField(
        Reason.objects.none(),
        label=_("What the signal means then"),
        help_text=_("The rule looks at signals of this kind alone."),
    )
    confidence = forms.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        label=_("How sure it is"),
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("From 0 to 1, if you know. It is shown beside what the rule suggests."),
    )
    written = forms.CharField(
        max_length=conditions.MAX_SPELLED,
        required=False,
        label=_("The condition as JSON"),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("In place of the lines above: groups within groups, three levels deep."),
    )

    def __init__(self, sent: QueryDict | None = None, *, feature: Feature, version: RuleVersion | None = None) -> None:
        super().__init__(sent, initial=_initial(version))
        self.every, self.some = _read(sent) if sent is not None else _first(version)
        self.condition: Group | None = None
        chosen = self.fields["reason"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = _reasons(feature)
        chosen.choices = list(_grouped(_reasons(feature)))

    def clean(self) -> dict[str, Any]:
        try:
            self.condition = self._condition()
        except InvalidConditionError as error:
            where = "written" if self.cleaned_data.get("written") else None
            self.add_error(where, [str(_said(one)) for one in error.problems])
        return self.cleaned_data

    def _condition(self) -> Group:
        if self.cleaned_data.get("written"):
            return conditions.loads(self.cleaned_data["written"])
        return lines.condition(self.every, self.some)

    def spec(self) -> writing.Spec:
        """The form must be valid."""
        assert self.condition is not None
        sent = self.cleaned_data
        return writing.Spec(condition=self.condition, reason=sent["reason"], confidence=sent["confidence"])

    def grow(self, part: str) -> None:
        """More empty lines, for whoever asked for them."""
        wanted = self.every if part == PARTS[0] else self.some
        room = conditions.MAX_LINES - len(wanted)
        wanted += [Typed() for _number in range(min(MORE, room))]


class NewRuleForm(RuleForm):
    name = forms.SlugField(
        max_length=60,
        label=_("Name"),
        help_text=_("Letters, digits, “-” and “_”. Labels and suggestions carry it, and it never changes."),
        error_messages={"required": _("Give it a name: labels and suggestions carry it.")},
    )


def _said(problem: conditions.Problem) -> str:
    return f"{problem.where}: {problem.message}." if problem.where else f"{_('The condition')}: {problem.message}."


def _read(sent: QueryDict) -> tuple[list[Typed], list[Typed]]:
    every, some = (_lines(sent, part) for part in PARTS)
    return every, some


def _lines(sent: QueryDict, part: str) -> list[Typed]:
    names, compared, values = (
        sent.getlist(f"{part}-{name}")[: conditions.MAX_LINES] for name in ("field", "comparison", "value")
    )
    # A form that was tampered with may have other numbers of each.
    count = max(len(names), len(compared), len(values))
    return [
        Typed(
            field=_at(names, place)[: 2 * conditions.MAX_TEXT].strip(),
            comparison=_at(compared, place)[:20] or "equals",
            value=_at(values, place)[:MAX_TYPED].strip(),
        )
        for place in range(count)
    ]


def _at(sent: Sequence[str], place: int) -> str:
    return sent[place] if place < len(sent) else ""


def _first(version: RuleVersion | None) -> tuple[list[Typed], list[Typed]]:
    """The lines of a version, and a few empty ones."""
    found = lines.typed(writing.condition_of(version)) if version else None
    every, some = found or ([], [])
    return every + _empty(FIRST_LINES - len(every)), some + _empty(SOME_LINES - len(some))


def _empty(count: int) -> list[Typed]:
    return [Typed() for _number in range(max(1, count))]


def _initial(version: RuleVersion | None) -> dict[str, Any]:
    if version is None:
        return {}
    values: dict[str, Any] = {"reason": version.reason_id, "confidence": version.confidence}
    if lines.typed(writing.condition_of(version)) is None:
        values["written"] = json.dumps(version.condition, indent=2, ensure_ascii=False)
    return values


def _reasons(feature: Feature) -> QuerySet[Reason]:
    """Those by which queues of the feature ask."""
    asked = Q(taxonomy_version__queue__feature=feature) | Q(taxonomy_version=taxonomy.current())
    found = Reason.objects.filter(asked, taxonomy_version__published_at__isnull=False).distinct()
    return found.select_related("taxonomy_version").order_by("-taxonomy_version__number", "signal_kind", "position")


def _grouped(reasons: Iterable[Reason]) -> Iterable[tuple[str, Any]]:
    """By kind of signal; the version is named where there are several."""
    groups: dict[str, list[tuple[int, str]]] = {}
    newest = taxonomy.current().pk
    for reason in reasons:
        older = "" if reason.taxonomy_version_id == newest else f" (v{reason.taxonomy_version.number})"
        groups.setdefault(f"{reason.signal_kind}{older}", []).append((reason.pk, reason.title))
    return [("", _("choose one")), *groups.items()]
