"""Codes of the taxonomy as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotation.web import shown

OUTCOMES = shown.OUTCOMES

POLARITIES = {"positive": _("says good"), "negative": _("says bad"), "none": _("says neither")}

USES = {
    "sft": _("sft: imitate the answer"),
    "sft_edit": _("sft_edit: imitate the edited text"),
    "pair": _("pair: prefer one answer to another"),
    "kto+": _("kto+: count as good"),
    "kto-": _("kto-: count as bad"),
}

FIELDS = {
    "code": _("code"),
    "title": _("title"),
    "definition": _("definition"),
    "examples": _("examples"),
    "outcome": _("outcome"),
    "uses": _("uses"),
    "key": _("key"),
}

QUEUED, NOT_QUEUED = _("people are asked"), _("kept as evidence, not asked about")

FATES = {"kept": _("kept"), "mapped": _("mapped"), "again": _("labeled again")}


def labels(count: int) -> str:
    return ngettext("%(count)s label", "%(count)s labels", count) % {"count": f"{count:,}"}
