"""What the forms of imports send."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from annotation.ingest.files import formats
from annotation.models import Feature, Import

MAX_LINES = 20_000
_LINES = {"rows": 3, "spellcheck": "false"}

FORMATS = {
    "jsonl": _("JSON, one record a line or one array"),
    "csv": _("CSV with dotted columns"),
    "parquet": _("Parquet"),
    "langfuse": _("Langfuse: traces, observations or scores"),
    "langsmith": _("LangSmith: runs and feedback"),
    "label-studio": _("Label Studio: the export “JSON”"),
    "argilla": _("Argilla: flat records"),
}


class ReadForm(forms.Form):
    """How the file is read."""

    format = forms.ChoiceField(choices=[(name, FORMATS[name]) for name in formats.NAMES], label=_("Format"))
    rules = forms.CharField(
        required=False,
        max_length=MAX_LINES,
        widget=forms.Textarea(attrs=_LINES),
        label=_("What scores mean"),
        help_text=_(
            "One a line: name, value and kind of signal, such as user_thumb:0=thumbs_down. Without a value it holds "
            "for all; =- leaves the score out. What no line names is taken as usual, else kept under its own name."
        ),
    )
    fields_ = forms.CharField(
        required=False,
        max_length=MAX_LINES,
        widget=forms.Textarea(attrs=_LINES),
        label=_("Where fields stand"),
        help_text=_("For Label Studio and Argilla. One a line: our field and your key, such as output=answer."),
    )
    occurred_at = forms.CharField(
        required=False,
        max_length=40,
        label=_("Time of records that have none"),
        help_text=_("With an offset, such as 2026-05-05T10:11:12Z."),
    )

    def asked(self) -> dict[str, Any]:
        """As an import keeps it."""
        sent = self.cleaned_data
        lines = {name: _lines(sent[field]) for name, field in (("rules", "rules"), ("fields", "fields_"))}
        return {**lines, "occurred_at": sent["occurred_at"] or None}


class UploadForm(ReadForm):
    """A file and how it is read; without a format, as it looks."""

    field_order = ["file", "feature", "format"]
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("Up to 1 GiB, .gz too. Nothing is stored before you have seen what will become of it."),
        error_messages={"required": _("Choose a file.")},
    )
    feature = forms.ModelChoiceField(
        Feature.objects.none(),
        to_field_name="slug",
        empty_label=None,
        label=_("Feature"),
        help_text=_("Of records that name none; those of other features are refused."),
    )

    def __init__(
        self,
        sent: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        features: QuerySet[Feature],
    ) -> None:
        super().__init__(sent, files)
        self.fields["feature"].queryset = features  # type: ignore[attr-defined]
        format: Any = self.fields["format"]
        format.required = False
        format.choices = [("", _("as it looks")), *format.choices]


def of(one: Import) -> dict[str, Any]:
    """What the form for another way of reading holds at first."""
    lines = {field: "\n".join(one.wishes.get(name, ())) for name, field in (("rules", "rules"), ("fields", "fields_"))}
    return {"format": one.format, "occurred_at": one.wishes.get("occurred_at") or "", **lines}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
