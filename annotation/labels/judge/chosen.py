"""Which items a run asks about, and about what that takes.

A share is drawn by a hash of the item's own. It is another number than the one by which queues serve, so what a judge
answers does not depend on what people came to label; a larger share holds every item of a smaller one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Any, LiteralString

from django.db import connection, transaction
from django.db.models import Avg, DurationField, ExpressionWrapper, F

from annotation import jobs
from annotation.labels.judge import prompt
from annotation.labels.judge.case import Look
from annotation.lib import chat, chat_rate
from annotation.models import Feature, Item, JudgeCall, JudgeRun, JudgeVersion

STATUSES = (Item.Status.OPEN, Item.Status.RESERVE, Item.Status.DISPUTED, Item.Status.RESOLVED)
"""Those of which a judge is asked; what is flagged or withdrawn is nothing to label."""

LOOKED_AT = 5
"""Items of which an estimate looks at the texts, where the version was never run."""

USUAL_TOKENS_OUT = 150
BYTES_A_TOKEN = 4
"""Of what is usually written, English and code; worst cases are counted by the byte."""

USUAL_SECONDS = 2.0
MILLION = Decimal(1_000_000)
_SMALLEST = Decimal(1).scaleb(-12)

DRAW: LiteralString = """
    ('x' || substr(md5('judge share ' || i.public_id), 1, 13))::bit(52)::bigint::float8 / 4503599627370496
"""

CHOSEN: LiteralString = f"""
    FROM annotation_item i
    JOIN annotation_interaction n ON n.id = i.interaction_id
    WHERE i.feature_id = %(feature)s AND i.purpose IN ('sample', 'backfill') AND n.erased_at IS NULL
      AND i.status = ANY(%(statuses)s) AND i.signal_kind = ANY(%(kinds)s)
      AND (%(all_queues)s OR i.queue_id IN (
          SELECT id FROM annotation_queue WHERE feature_id = %(feature)s AND name = ANY(%(queues)s)))
      AND {DRAW} < %(share)s
      AND NOT EXISTS (
          SELECT FROM annotation_label l
          WHERE l.item_id = i.id AND l.rater_id = %(rater)s AND l.superseded_at IS NULL)
"""  # noqa: S608 - of constants

COUNT: LiteralString = f"SELECT count(*) FROM (SELECT 1 {CHOSEN} LIMIT %(limit)s) AS c"  # noqa: S608
FIRST: LiteralString = f"SELECT i.id {CHOSEN} ORDER BY {DRAW}, i.id LIMIT %(limit)s"
SELECT: LiteralString = f"""
    INSERT INTO annotation_judgeask (run_id, item_id, state, tries)
    SELECT %(run)s, chosen.id, 'waiting', 0 FROM ({FIRST}) AS chosen
"""  # noqa: S608


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Empty lists choose everything. `share` is in (0, 1]; `limit` None: all of it."""

    queues: Sequence[str] = ()
    kinds: Sequence[str] = ()
    statuses: Sequence[str] = ()
    share: float = 1.0
    limit: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {name: list(getattr(self, name)) for name in ("queues", "kinds", "statuses")}


def of(run: JudgeRun) -> Choice:
    return Choice(**run.choice)


def count(*, version: JudgeVersion, feature: Feature, choice: Choice) -> int:
    """How many items a run would ask about now: those that the version has answered already are none of them."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _values(version, feature, choice))
        return int(cursor.fetchone()[0])


def first(*, version: JudgeVersion, feature: Feature, choice: Choice, most: int) -> list[Item]:
    """The first of them, in the order in which they are asked about."""
    values = _values(version, feature, choice)
    values["limit"] = min(most, choice.limit or most)
    with connection.cursor() as cursor:
        cursor.execute(FIRST, values)
        found = [pk for (pk,) in cursor.fetchall()]
    items = Item.objects.select_related("queue", "feature", "interaction").in_bulk(found)
    return [items[pk] for pk in found]


@transaction.atomic
def select(*, run: JudgeRun, attempt: int, now: datetime) -> None:
    """Fix which items the run asks about. Raises Cancelled, Superseded, and then nothing is written."""
    values = _values(run.version, run.feature, of(run)) | {"run": run.pk}
    with connection.cursor() as cursor:
        cursor.execute(SELECT, values)
        total = cursor.rowcount
    jobs.write(run, attempt, items_total=total, selected_at=now)


def _values(version: JudgeVersion, feature: Feature, choice: Choice) -> dict[str, Any]:
    known = set(version.taxonomy_version.reasons.values_list("signal_kind", flat=True))
    return {
        "feature": feature.pk,
        "rater": version.rater_id,
        "all_queues": not choice.queues,
        "queues": list(choice.queues),
        "kinds": sorted(known & set(choice.kinds) if choice.kinds else known),
        "statuses": [str(status) for status in choice.statuses or STATUSES],
        "share": choice.share,
        "limit": choice.limit,
    }


# --- What it takes


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """`is_measured`: by what earlier calls of this version took, and not by the size of a few items alone."""

    items: int
    cost: Decimal
    most: Decimal
    seconds: float
    is_measured: bool


def price(version: JudgeVersion, *, tokens_in: float, tokens_out: float) -> Decimal:
    """Rounded up."""
    whole = version.price_in * Decimal(tokens_in) + version.price_out * Decimal(tokens_out)
    return (whole / MILLION).quantize(_SMALLEST, rounding=ROUND_UP)


def worst(version: JudgeVersion, body: bytes) -> Decimal:
    """The most that a call with this body can cost, whatever tokens the model has."""
    return price(version, tokens_in=chat.most_tokens_in(body), tokens_out=version.max_tokens)


def estimate(
    *, version: JudgeVersion, feature: Feature, choice: Choice, per_second: float, concurrency: int, look: Look
) -> Estimate:
    """What a run would take if each item were answered at its first call. Raises what `prompt.request` raises."""
    items = count(version=version, feature=feature, choice=choice)
    bodies = [
        prompt.request(version=version, case=look(item)).body()
        for item in first(version=version, feature=feature, choice=choice, most=LOOKED_AT)
    ]
    size = sum(map(len, bodies)) / len(bodies) if bodies else 0.0
    tokens_in, tokens_out, seconds, is_measured = _usual(version, size / BYTES_A_TOKEN)
    most = sum((worst(version, body) for body in bodies), Decimal(0)) / max(len(bodies), 1)
    rate = min(chat_rate.Pace(per_second).usual, concurrency / max(seconds, 0.001))
    return Estimate(
        items=items,
        cost=items * price(version, tokens_in=tokens_in, tokens_out=tokens_out),
        most=items * most,
        seconds=items / rate,
        is_measured=is_measured,
    )


def _usual(version: JudgeVersion, tokens_in: float) -> tuple[float, float, float, bool]:
    """Tokens in and out and seconds of a call, and whether they are measured."""
    if version._state.adding:
        return tokens_in, USUAL_TOKENS_OUT, USUAL_SECONDS, False
    took = ExpressionWrapper(F("ended_at") - F("sent_at"), output_field=DurationField())
    told: Mapping[str, Any] = JudgeCall.objects.filter(
        run__version=version, outcome=JudgeCall.Outcome.ANSWERED, tokens_in__isnull=False, tokens_out__isnull=False
    ).aggregate(into=Avg("tokens_in"), out=Avg("tokens_out"), took=Avg(took))
    if told["into"] is None:
        return tokens_in, min(USUAL_TOKENS_OUT, version.max_tokens), USUAL_SECONDS, False
    return float(told["into"]), float(told["out"]), told["took"].total_seconds(), True
