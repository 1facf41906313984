"""What was recorded, newest first: searched, read page by page, and as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from annotation import loading
from annotation.models import AuditEvent, Feature

CHUNK: Final = 2000
FLYWHEEL: Final = "flywheel"
"""Whose name stands for what nobody did: Flywheel itself."""

# A step along the index for each verb, of which there are few, and not for each event.
VERBS: Final = """
WITH RECURSIVE found AS (
    SELECT min(verb) AS verb FROM annotation_auditevent
    UNION ALL
    SELECT (SELECT min(e.verb) FROM annotation_auditevent e WHERE e.verb > found.verb)
    FROM found WHERE found.verb IS NOT NULL
)
SELECT verb FROM found WHERE verb IS NOT NULL ORDER BY verb
"""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events somebody asks for; what is empty asks for all.

    `who`: a part of a person's name or email address, or of a token's name, or `flywheel`. `verb`: a verb such as
    `feature.changed`, or what it begins with, such as `feature`. `target`: the id of what was changed, as events
    spell it, or its type, or both: `queue 3`. `since` and `until` are times, the second one not included.
    """

    who: str = ""
    verb: str = ""
    target: str = ""
    feature: Feature | None = None
    since: datetime | None = None
    until: datetime | None = None


def events(wanted: Wanted, *, count: int, after: int | None = None) -> list[AuditEvent]:
    """So many events at most, from the newest on, or from the one that comes `after` the one with this id."""
    if after is None:
        return list(_found(wanted)[:count])
    last = AuditEvent.objects.filter(pk=after).first()
    return list(_older(_found(wanted), last)[:count]) if last else []


def all_of(wanted: Wanted) -> Iterator[AuditEvent]:
    """Every event, a chunk at a time: there may be more of them than memory holds."""
    rest = found = _found(wanted)
    while chunk := list(rest[:CHUNK]):
        yield from chunk
        rest = _older(found, chunk[-1])


def verbs() -> list[str]:
    """The verbs that were recorded, in alphabetical order."""
    return [verb for (verb,) in loading.asked(VERBS, [])]


def _found(wanted: Wanted) -> QuerySet[AuditEvent]:
    found = AuditEvent.objects.select_related("user", "token", "feature").order_by("-at", "-pk")
    if wanted.who:
        found = found.filter(_by(wanted.who))
    if wanted.verb:
        found = found.filter(Q(verb=wanted.verb) | Q(verb__startswith=f"{wanted.verb}."))
    if wanted.target:
        kind, _space, name = wanted.target.rpartition(" ")
        found = found.filter(target_type=kind, target_id=name) if kind else found.filter(_named(name))
    if wanted.feature is not None:
        found = found.filter(feature=wanted.feature)
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    return found.filter(at__lt=wanted.until) if wanted.until is not None else found


def _older(found: QuerySet[AuditEvent], last: AuditEvent) -> QuerySet[AuditEvent]:
    return found.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))


def _by(who: str) -> Q:
    named = Q(user__email__icontains=who) | Q(user__name__icontains=who) | Q(token__name__icontains=who)
    return named | Q(user=None, token=None) if who.lower() == FLYWHEEL else named


def _named(name: str) -> Q:
    return Q(target_type=name) | Q(target_id=name)
