"""Read what was mended from the tables: rates, the pairs behind them, and what came after one interaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import orjson

from annotation import loading
from annotation.lib.intervals import Share
from annotation.mending import rates, standing
from annotation.mending.rates import Rate
from annotation.models import Feature, Interaction, MendedJudgement, MendedPair

# Newest first: by when each was last deployed.
SEARCHES: LiteralString = """
    SELECT s.model_version, s.population
    FROM annotation_mendedsearch s
    JOIN annotation_deployment d ON d.feature_id = s.feature_id AND d.model_version = s.model_version
    WHERE s.feature_id = %(feature)s AND d.deployed_at <= %(now)s
      AND EXISTS (
          SELECT FROM annotation_trainingrun t
          WHERE t.feature_id = s.feature_id AND t.model_version = s.model_version
            AND t.status = 'succeeded' AND t.retracted_at IS NULL
      )
    GROUP BY s.id
    ORDER BY max(d.deployed_at) DESC, s.id DESC
"""

# A pair that two judged counts with their mean, but for those who found that it can't be compared; a pair that all
# found so has no verdict.
CASES: LiteralString = f"""
    SELECT s.model_version, r.signal_kind, r.code, r.title, found.*
    FROM annotation_mendedcase c
    JOIN annotation_mendedsearch s ON s.id = c.search_id
    JOIN annotation_consensusrevision v ON v.item_id = c.item_id AND v.superseded_at IS NULL
    JOIN annotation_reason r ON r.id = v.reason_id
    CROSS JOIN LATERAL (
        SELECT count(p.id), count(p.id) FILTER (WHERE said.decided > 0),
               count(p.id) FILTER (WHERE said.decided = 0 AND said.apart > 0),
               coalesce(avg(said.mended::float8 / nullif(said.decided, 0)), 0),
               coalesce(avg(said.same::float8 / nullif(said.decided, 0)), 0),
               coalesce(avg(said.worse::float8 / nullif(said.decided, 0)), 0)
        FROM annotation_mendedpair p
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE j.verdict <> 'apart') AS decided,
                   count(*) FILTER (WHERE j.verdict = 'mended') AS mended,
                   count(*) FILTER (WHERE j.verdict = 'same') AS same,
                   count(*) FILTER (WHERE j.verdict = 'worse') AS worse,
                   count(*) FILTER (WHERE j.verdict = 'apart') AS apart
            FROM annotation_mendedjudgement j JOIN annotation_rater k ON k.id = j.rater_id
            WHERE j.pair_id = p.id AND {standing.COUNTS}
        ) said
        WHERE p.case_id = c.id AND p.made_at <= %(now)s AND {standing.TEXTS}
    ) found
    WHERE s.feature_id = %(feature)s AND c.drawn_at <= %(now)s AND {standing.CASE}
    ORDER BY c.id
"""  # noqa: S608 - our own text

# How people judge: whether two say the same of a pair, and whether the one shown first has it easier.
HABITS: LiteralString = f"""
    WITH said AS (
        SELECT j.pair_id, j.verdict, p.later_first
        FROM annotation_mendedjudgement j
        JOIN annotation_rater k ON k.id = j.rater_id
        JOIN annotation_mendedpair p ON p.id = j.pair_id
        WHERE p.feature_id = %(feature)s AND {standing.COUNTS}
    ), twice AS (
        SELECT count(DISTINCT verdict) = 1 AS agree FROM said GROUP BY pair_id HAVING count(*) > 1
    )
    SELECT (SELECT count(*) FILTER (WHERE agree) FROM twice), (SELECT count(*) FROM twice),
           count(*) FILTER (WHERE (verdict = 'mended') = later_first), count(*)
    FROM said WHERE verdict IN ('mended', 'worse')
"""  # noqa: S608

BEHIND: LiteralString = f"""
    SELECT p.id
    FROM annotation_mendedpair p
    JOIN annotation_mendedcase c ON c.id = p.case_id
    JOIN annotation_mendedsearch s ON s.id = c.search_id
    JOIN annotation_consensusrevision v ON v.item_id = c.item_id AND v.superseded_at IS NULL
    JOIN annotation_reason r ON r.id = v.reason_id
    WHERE p.feature_id = %(feature)s AND s.model_version = %(version)s AND p.id < %(before)s
      AND (%(kind)s = '' OR r.signal_kind = %(kind)s) AND (%(reason)s = '' OR r.code = %(reason)s)
      AND {standing.CASE} AND {standing.TEXTS}
      AND EXISTS (
          SELECT FROM annotation_mendedjudgement j JOIN annotation_rater k ON k.id = j.rater_id
          WHERE j.pair_id = p.id AND (%(verdict)s = '' OR j.verdict = %(verdict)s) AND {standing.COUNTS}
      )
    ORDER BY p.id DESC LIMIT %(count)s
"""  # noqa: S608

OF_INTERACTION: LiteralString = f"""
    SELECT p.id
    FROM annotation_mendedpair p
    JOIN annotation_mendedcase c ON c.id = p.case_id
    JOIN annotation_mendedsearch s ON s.id = c.search_id
    WHERE c.interaction_id = %(interaction)s AND {standing.CASE} AND {standing.TEXTS}
    ORDER BY c.id DESC, p.rank
"""  # noqa: S608

FIRST: Final = 2**63 - 1
"""Before every pair."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Which judged pairs: of a model version, of one reason of a kind, with this verdict (empty: any)."""

    model_version: str
    signal_kind: str = ""
    reason: str = ""
    verdict: str = ""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """`agree`: pairs of which two people said the same, of those that two judged. `first`: how often the answer that
    was shown first was called the better one, of those where one was."""

    agree: Share
    first: Share

    @property
    def leans(self) -> bool:
        """Whether the order has a say: half lies outside of what is likely."""
        return bool(self.first.n) and not self.first.low_percent <= 50 <= self.first.high_percent


class Told(NamedTuple):
    """A pair, told which is which, with the judgements that stand."""

    pair: MendedPair
    judgements: list[MendedJudgement]


class Rates(NamedTuple):
    """`versions`: newest first. `reasons`: of one of them, those with the most drawn first."""

    versions: list[Rate]
    reasons: list[Rate]


class _Search(NamedTuple):
    model_version: str
    population: dict[tuple[str, str], int]


def rate(*, feature: Feature, now: datetime, model_version: str = "") -> Rates:
    """The verified-fix rate of each model version, and of each reason in this one (the one deployed last, if none is
    named). None where no deployed model was trained on bad answers by a run that was reported.

    As things stood at `now`, but for what was erased or corrected since, which has fallen out.
    """
    searches = _searches(feature, now)
    cases = [rates.Case(*row) for row in loading.fetched(CASES, {"feature": feature.pk, "now": now})]
    meant = [one for one in searches if model_version in ("", one.model_version)][:1]
    return Rates(
        versions=[_whole(one, cases) for one in searches],
        reasons=[rate for one in meant for rate in _by_reason(one, cases)],
    )


def habits(*, feature: Feature, now: datetime) -> Habits:
    """How the people who judge do it."""
    [(agree, twice, first, decided)] = loading.fetched(HABITS, {"feature": feature.pk, "now": now})
    return Habits(agree=Share(hits=agree, n=twice), first=Share(hits=first, n=decided))


def behind(
    *, feature: Feature, figure: Figure, now: datetime, count: int, before: MendedPair | None = None
) -> list[Told]:
    """The judged pairs that a figure counts, newest first."""
    asked: dict[str, Any] = {
        "feature": feature.pk,
        "version": figure.model_version,
        "kind": figure.signal_kind,
        "reason": figure.reason,
        "verdict": figure.verdict,
        "before": before.pk if before else FIRST,
        "count": count,
        "now": now,
    }
    return _told([pk for (pk,) in loading.fetched(BEHIND, asked)])


def of_interaction(*, interaction: Interaction) -> list[Told]:
    """What stands beside a bad interaction, the newest model first and the nearest answer first; judged or not."""
    found = loading.fetched(OF_INTERACTION, {"interaction": interaction.pk})
    return _told([pk for (pk,) in found])


def of_pair(*, pair: MendedPair) -> Told:
    return _told([pair.pk])[0]


def _told(ids: Sequence[int]) -> list[Told]:
    """In the order of these."""
    judged: dict[int, list[MendedJudgement]] = {pk: [] for pk in ids}
    found = MendedJudgement.objects.filter(pair__in=ids, undone_at=None).select_related("rater__user")
    for one in found.order_by("judged_at", "pk"):
        judged[one.pair_id].append(one)
    related = ("feature", "case__search", "case__item", "case__interaction__content", "later__content")
    pairs = MendedPair.objects.select_related(*related).in_bulk(ids)
    return [Told(pairs[pk], judged[pk]) for pk in ids]


def _searches(feature: Feature, now: datetime) -> list[_Search]:
    found = loading.fetched(SEARCHES, {"feature": feature.pk, "now": now})
    return [_Search(version, _counted(counted)) for version, counted in found]


def _counted(population: str) -> dict[tuple[str, str], int]:
    return {(kind, reason): count for kind, reason, count in orjson.loads(population)}


def _whole(search: _Search, cases: Sequence[rates.Case]) -> Rate:
    own = [one for one in cases if one.model_version == search.model_version]
    return rates.of(own, model_version=search.model_version, population=sum(search.population.values()))


def _by_reason(search: _Search, cases: Sequence[rates.Case]) -> list[Rate]:
    own = [one for one in cases if one.model_version == search.model_version]
    return rates.by_reason(own, model_version=search.model_version, population=search.population)
