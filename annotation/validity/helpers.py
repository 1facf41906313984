"""What rules and judges predict: never what is true, but it can make an interval narrower.

Only those count whose choice of items can't depend on what people labeled: rules that are switched on for all that
arrives, and judges that were asked about items drawn by a hash. What an answer of theirs means is learned from earlier
cohorts, so nothing is tuned on what it is used for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from annotation import loading
from annotation.models import Calibration, Reason

ENOUGH: Final = 30
"""Answers of a rater on sampled items of earlier cohorts; with fewer, nothing is predicted by it."""

FREE: Final = """
SELECT v.rater_id FROM annotation_ruleversion v JOIN annotation_rule r ON r.id = v.rule_id
WHERE r.feature_id = $1 AND v.switched_on_at IS NOT NULL
UNION
SELECT v.rater_id FROM annotation_judgerun u JOIN annotation_judgeversion v ON v.id = u.version_id
WHERE u.feature_id = $1
GROUP BY v.rater_id HAVING bool_and(jsonb_array_length(coalesce(u.choice -> 'statuses', '[]')) = 0)
"""

ANSWERS: Final = """
SELECT l.rater_id, l.item_id, r.outcome FROM annotation_label l JOIN annotation_reason r ON r.id = l.reason_id
WHERE l.item_id = ANY($1::bigint[]) AND l.rater_id = ANY($2::bigint[]) AND l.superseded_at IS NULL
"""

LEARN: Final = """
INSERT INTO annotation_calibration AS kept (feature_id, signal_kind, rater_id, answer, items, weight, good, bad)
SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::float8[], $7::float8[], $8::float8[])
ON CONFLICT (feature_id, signal_kind, rater_id, answer) DO UPDATE
SET items = kept.items + excluded.items, weight = kept.weight + excluded.weight,
    good = kept.good + excluded.good, bad = kept.bad + excluded.bad
"""


@dataclass
class Tally:
    """Weighted sums over sampled items. `items` counts them."""

    items: int = 0
    weight: float = 0.0
    good: float = 0.0
    bad: float = 0.0

    def add(self, *, weight: float, outcome: str) -> None:
        self.items += 1
        self.weight += weight
        self.good += weight * (outcome == Reason.Outcome.GOOD)
        self.bad += weight * (outcome == Reason.Outcome.BAD)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.items + other.items, self.weight + other.weight, self.good + other.good, self.bad + other.bad)

    @property
    def shares(self) -> tuple[float, float]:
        """Of good and of bad; of one item or more."""
        return self.good / self.weight, self.bad / self.weight


@dataclass
class Rater:
    """What the answers of a rater on one kind meant so far; "" is that it gave none."""

    by_answer: dict[str, Tally] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return sum(tally.items for answer, tally in self.by_answer.items() if answer)

    def predicts(self, answer: str) -> tuple[float, float]:
        """How likely good and bad are after this answer. Where nothing is known of it: as after any."""
        tally = self.by_answer.get(answer, Tally())
        if not tally.weight or (not answer and tally.items < ENOUGH):
            tally = sum(self.by_answer.values(), Tally())
        return tally.shares


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known before a cohort is written. `answers`: by rater and item the outcome of the reason it gave.

    `chosen`: by kind the rater whose predictions are used. Kinds without one have a word in `why`: `none` (there is no
    such rater) or `few` (none has answered enough).
    """

    raters: Mapping[str, Mapping[int, Rater]]
    answers: Mapping[int, Mapping[int, str]]
    chosen: Mapping[str, int]

    def why(self, kind: str) -> str:
        if kind in self.chosen:
            return ""
        return "few" if self.raters.get(kind) else "none"

    def predicts(self, *, item_id: int, kind: str) -> tuple[float, float] | None:
        """How likely the item is good, and bad; None without a prediction."""
        rater = self.chosen.get(kind)
        if rater is None:
            return None
        return self.raters[kind][rater].predicts(self.answers.get(rater, {}).get(item_id, ""))


def known(*, feature_id: int, item_ids: Sequence[int]) -> Known:
    free = [rater for (rater,) in loading.asked(FREE, [feature_id])]
    answers: dict[int, dict[int, str]] = defaultdict(dict)
    for rater, item, outcome in loading.asked(ANSWERS, [list(item_ids), free]) if free else []:
        answers[rater][item] = outcome
    raters: dict[str, dict[int, Rater]] = defaultdict(dict)
    for row in Calibration.objects.filter(feature=feature_id, rater__in=free) if free else []:
        rater = raters[row.signal_kind].setdefault(row.rater_id, Rater())
        rater.by_answer[row.answer] = Tally(row.items, row.weight, row.good, row.bad)
    chosen = {kind: best for kind, some in raters.items() if (best := _best(some)) is not None}
    return Known(raters=raters, answers=answers, chosen=chosen)


def learn(*, feature_id: int, known: Known, sampled: Sequence[tuple[int, str, float, str]]) -> None:
    """Note what the answers on a cohort's sample meant: (item, kind, π, outcome) each."""
    tallies: dict[tuple[str, int, str], Tally] = defaultdict(Tally)
    for rater, answers in _told(known, sampled).items():
        kinds = {kind for item, kind, _pi, _outcome in sampled if item in answers}
        kinds |= {kind for kind, some in known.raters.items() if rater in some}
        for item, kind, pi, outcome in sampled:
            if kind in kinds:
                tallies[kind, rater, answers.get(item, "")].add(weight=1 / pi, outcome=outcome)
    if tallies:
        names = sorted(tallies)
        found = [tallies[name] for name in names]
        columns = [list(column) for column in zip(*names, strict=True)]
        sums = [[one.items for one in found], *([getattr(one, sum_) for one in found] for sum_ in _SUMS)]
        loading.said(LEARN, [feature_id, *columns, *sums])


_SUMS: Final = ("weight", "good", "bad")


def _told(known: Known, sampled: Sequence[tuple[int, str, float, str]]) -> Mapping[int, Mapping[int, str]]:
    """The answers of each rater that has something to say of these kinds, now or before."""
    kinds = {kind for _item, kind, _pi, _outcome in sampled}
    before = {rater for kind in kinds for rater in known.raters.get(kind, ())}
    return {rater: known.answers.get(rater, {}) for rater in sorted({*known.answers, *before})}


def _best(raters: Mapping[int, Rater]) -> int | None:
    """That with the most answers; of two the later one."""
    enough = [(rater.answered, pk) for pk, rater in raters.items() if rater.answered >= ENOUGH]
    return max(enough)[1] if enough else None
