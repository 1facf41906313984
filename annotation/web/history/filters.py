"""Which of one's labels are listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation import taxonomy
from annotation.access import Person
from annotation.models import Label, Reason
from annotation.queues import progress
from annotation.web import desks, shown


class Filters(forms.Form):
    """Every field is optional; one that can't be read is said beside it, and filters nothing."""

    queue = forms.ChoiceField(label=_("Queue"), required=False)
    kind = forms.ChoiceField(label=_("Signal"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(
        label=_("In my comments"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )

    def __init__(self, data: QueryDict, *, person: Person) -> None:
        super().__init__(data)
        self._offer("queue", [(desks.address(one), str(one)) for one in progress.queues_of(person)])
        version = taxonomy.current()
        self._offer("kind", [(kind, shown.headline(kind)) for kind in sorted(taxonomy.queued_kinds(version))])
        reasons = Reason.objects.filter(taxonomy_version=version).order_by("title").values_list("code", "title")
        self._offer("reason", list(dict(reasons).items()))

    def _offer(self, name: str, choices: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", gettext("all")), *choices]

    @property
    def chosen(self) -> dict[str, str]:
        """The fields that filter, as an address says them."""
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def applied(self, labels: QuerySet[Label]) -> QuerySet[Label]:
        self.is_valid()
        chosen: dict[str, Any] = self.cleaned_data
        feature, _dot, queue = chosen.get("queue", "").partition(".")
        wanted = {
            "item__feature__slug": feature,
            "item__queue__name": queue,
            "item__signal_kind": chosen.get("kind"),
            "reason__code": chosen.get("reason"),
            "content__comment__icontains": chosen.get("text"),
            "received_at__gte": _midnight(chosen.get("since")),
            "received_at__lt": _midnight(chosen.get("until"), days=1),
        }
        return labels.filter(**{field: value for field, value in wanted.items() if value})


def _midnight(day: Any, *, days: int = 0) -> datetime | None:
    return datetime.combine(day, time_of_day.min, UTC) + timedelta(days=days) if day else None
