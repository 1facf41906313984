"""`/manage/audit/`: who did what to what, searched and taken along as a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from annotation.access import ADMIN, Person
from annotation.audit import history
from annotation.audit.history import Wanted
from annotation.lib import cells
from annotation.models import AuditEvent, Feature
from annotation.web import forms as sent_forms
from annotation.web.roles import needs

PAGE_SIZE: Final = 50
COLUMNS: Final = ("id", "at", "who", "email", "token", "verb", "target_type", "target_id", "feature", "data")


class WantedForm(sent_forms.Sent):
    """What the page is asked for, and the file: days are UTC, and the last one is included."""

    who = forms.CharField(max_length=100, required=False)
    verb = forms.CharField(max_length=60, required=False)
    target = forms.CharField(max_length=100, required=False)
    feature = forms.ModelChoiceField(Feature.objects.all(), to_field_name="slug", required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    after = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    def wanted(self) -> Wanted:
        asked = self.cleaned_data
        return Wanted(
            who=asked["who"],
            verb=asked["verb"],
            target=" ".join(asked["target"].split()),
            feature=asked["feature"],
            since=asked["since"] and datetime.combine(asked["since"], time.min, UTC),
            until=asked["until"] and datetime.combine(asked["until"], time.min, UTC) + timedelta(days=1),
        )


@require_safe
@needs(ADMIN)
def audit(request: HttpRequest, person: Person) -> HttpResponse:
    form = sent_forms.read(WantedForm, request.GET)
    found = history.events(form.wanted(), count=PAGE_SIZE + 1, after=form.cleaned_data["after"])
    lines = found[:PAGE_SIZE]
    given = {name: str(value) for name, value in request.GET.items()}
    asked = {name: value for name, value in given.items() if value and name in form.fields and name != "after"}
    context = {
        "asked": asked,
        "query": urlencode(asked),
        "verbs": history.verbs(),
        "features": Feature.objects.order_by("name"),
        "lines": [{"event": one, "who": who(one), "details": list(details(one.data))} for one in lines],
        "is_first": not form.cleaned_data["after"],
        "more": urlencode(asked | {"after": str(lines[-1].pk)}) if len(found) > PAGE_SIZE else "",
    }
    return render(request, "manage/audit.html", context)


@require_safe
@needs(ADMIN)
def audit_file(request: HttpRequest, person: Person) -> StreamingHttpResponse:
    """All that the page would show, as CSV."""
    form = sent_forms.read(WantedForm, request.GET)
    answer = StreamingHttpResponse(_rows(form.wanted()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def who(event: AuditEvent) -> str:
    if event.user is not None:
        return str(event.user)
    return _("token “%(name)s”") % {"name": event.token.name} if event.token else _("Flywheel itself")


def details(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """By name what the event holds in words: what was changed from what to what, else the value."""
    for name, value in data.items():
        if name == "changed" and isinstance(value, dict):
            yield from ((one, _change(change)) for one, change in value.items())
        else:
            yield name, _told(value)


def _change(change: object) -> str:
    if isinstance(change, list) and len(change) == 2:
        return f"{_told(change[0])} → {_told(change[1])}"
    return _("changed") if change is True else _told(change)


def _told(value: object) -> str:
    if value is None or value in ("", [], {}):
        return str(_NOTHING)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_NOTHING: Final = gettext_lazy("nothing")


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _rows(wanted: Wanted) -> Iterator[str]:
    lines = csv.writer(_Line(), lineterminator="\n")
    yield lines.writerow(COLUMNS)
    for one in history.all_of(wanted):
        yield lines.writerow([cells.harmless(value) for value in _row(one)])


def _row(event: AuditEvent) -> list[str]:
    return [
        str(event.pk),
        event.at.isoformat(),
        who(event),
        event.user.email if event.user else "",
        event.token.prefix if event.token else "",
        event.verb,
        event.target_type,
        event.target_id,
        event.feature.slug if event.feature else "",
        json.dumps(event.data, ensure_ascii=False),
    ]
