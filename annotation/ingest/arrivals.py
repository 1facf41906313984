"""Whether a feature's records arrive: for whoever is setting up a sender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from annotation.models import ApiToken, Feature, Interaction, WaitingSignal

RECENT = timedelta(hours=1)


class Heard(StrEnum):
    """What was heard of a feature's senders: nothing, only that one of its own tokens was used, or a record."""

    NOTHING = "nothing"
    TOKEN = "token"  # noqa: S105 - a word, and no token
    RECORD = "record"


@dataclass(frozen=True, kw_only=True)
class Arrivals:
    """`latest`: the last interaction that arrived, however long ago. `recent`: how many arrived in the last hour.

    `waiting`: signals whose interaction has not arrived.
    """

    latest: Interaction | None
    recent: int
    waiting: int


def heard(*, feature: Feature, since: datetime) -> Heard:
    """Cheap whatever is stored: a page asks it every other second."""
    if Interaction.objects.filter(feature=feature, ingested_at__gte=since).exists():
        return Heard.RECORD
    # A token of every feature may have been used for another one, so only the feature's own say something.
    own = ApiToken.objects.filter(feature=feature, scopes__contains=["ingest"], last_used_at__gte=since)
    return Heard.TOKEN if own.exists() else Heard.NOTHING


def summary(*, feature: Feature, now: datetime) -> Arrivals:
    interactions = Interaction.objects.filter(feature=feature)
    return Arrivals(
        latest=interactions.order_by("-pk").first(),
        recent=interactions.filter(ingested_at__gte=now - RECENT).count(),
        waiting=WaitingSignal.objects.filter(feature=feature).count(),
    )
