"""Reasons with what rules and judges suggest, for the desks of queues that show it. Nothing is chosen by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

from django.utils.translation import gettext as _

from annotation.labels.suggestions import Suggestion
from annotation.models import Reason


def reasons(found: Sequence[Reason], told: Mapping[str, Sequence[Suggestion]]) -> Sequence[Reason]:
    """The reasons, each that is suggested with who does, and how sure (`suggested_by`)."""
    # Of their own: the reasons of a published version are shared by all pages.
    own = [copy(reason) for reason in found]
    for reason in own:
        reason.suggested_by = [_said(one) for one in told.get(reason.code, ())]  # type: ignore[attr-defined]
    return own


def is_any(found: Sequence[Reason]) -> bool:
    return any(getattr(reason, "suggested_by", ()) for reason in found)


def _said(one: Suggestion) -> str:
    said = {"name": one.name, "percent": one.percent}
    if one.percent is None:
        return _("suggested by %(name)s") % said
    return _("suggested by %(name)s, %(percent)s %% sure") % said
