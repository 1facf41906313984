"""The account of a run: what each call may cost before it is sent, and what became of it after.

A call is written before it is sent, and its worst case is taken from what the cap leaves, both in one transaction. So
whatever dies, and whenever: what was spent or may have been is in `committed`, and that never passes the cap. An
answer, what it cost and the item's end are one transaction too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from annotation import jobs
from annotation.jobs import Cancelled, Superseded
from annotation.labels import imported, locked
from annotation.labels.judge.answer import Said
from annotation.lib.clipping import storable
from annotation.models import JudgeAsk, JudgeCall, JudgeCallContent, JudgeRun, Label, Reason

MAX_TEXT = 20_000
"""Characters that are kept of what was no usable answer."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a call. `cost` None: not known. `said` where it was answered, `text` where it was not.

    `counts_as_try`: whether the item has one try less.
    """

    outcome: str
    cost: Decimal | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    said: Said | None = None
    text: str = ""
    counts_as_try: bool = True


def waiting(run: JudgeRun, *, after: int, most: int) -> list[JudgeAsk]:
    """The next items of a run that nothing has become of yet, with whether the version has labeled them meanwhile."""
    own = Label.objects.filter(item=OuterRef("item"), rater=run.version.rater_id, superseded_at=None)
    asks = JudgeAsk.objects.filter(run=run, state=JudgeAsk.State.WAITING, pk__gt=after)
    asks = asks.select_related("item__queue", "item__feature", "item__interaction")
    return list(asks.annotate(is_labeled=Exists(own)).order_by("pk")[:most])


@transaction.atomic
def give_up_lost(run: JudgeRun, attempt: int, *, now: datetime) -> int:
    """Calls that were out when their worker died: what they may have cost counts, and their items are asked again."""
    if not jobs.mine(run, attempt).select_for_update().exists():
        raise Superseded
    out = JudgeCall.objects.filter(run=run, outcome=JudgeCall.Outcome.OUT)
    return out.update(outcome=JudgeCall.Outcome.LOST, ended_at=now)


@transaction.atomic
def reserve(run: JudgeRun, attempt: int, ask: JudgeAsk, *, most: Decimal, now: datetime) -> JudgeCall | None:
    """A call that may be sent now. None: it could pass the cap. Raises Cancelled, Superseded."""
    own = jobs.mine(run, attempt)
    affordable = own.filter(cancel_asked_at=None, committed__lte=F("cost_cap") - most)
    if not affordable.update(committed=F("committed") + most):
        found = own.values_list("cancel_asked_at", flat=True)
        if not found:
            raise Superseded
        if found[0] is not None:
            raise Cancelled
        return None
    return JudgeCall.objects.create(run=run, ask=ask, attempt=attempt, reserved=most, sent_at=now)


@transaction.atomic
def settle(
    run: JudgeRun,
    attempt: int,
    call: JudgeCall,
    result: Result,
    *,
    reason: Reason | None = None,
    evidence_version: int | None = None,
    now: datetime,
) -> JudgeAsk:
    """Write down what became of a call, and its label if it was answered (`reason`). Raises Superseded."""
    # As everybody who says something about an item: its row first.
    item = locked.item(call.ask.item_id)
    ask = JudgeAsk.objects.select_for_update().get(pk=call.ask_id)
    is_erased = locked.is_erased(item)
    outcome = result.outcome
    if is_erased or ask.state != JudgeAsk.State.WAITING:
        outcome = JudgeCall.Outcome.DROPPED if result.said else outcome
        _end(ask, JudgeAsk.State.SKIPPED, "erased")
    elif result.said and reason:
        said = imported.Said(
            item=item,
            reason=reason,
            confidence=result.said.confidence,
            explanation=result.said.explanation,
            evidence_version=evidence_version,
        )
        (label,) = imported.say(rater=run.version.rater, said=[said], now=now)
        _end(ask, JudgeAsk.State.ANSWERED if label else JudgeAsk.State.SKIPPED, "" if label else "labeled")
    elif result.counts_as_try:
        _tried(ask, result.outcome, run.tries)
    _close(call, result, outcome, now)
    if result.text and not is_erased:
        JudgeCallContent.objects.create(call=call, text=storable(result.text, MAX_TEXT))
    _count(run, attempt, [ask], spent=result.cost, settled=call)
    return ask


@transaction.atomic
def skip(run: JudgeRun, attempt: int, asks: Sequence[JudgeAsk], problem: str) -> None:
    """Items that need no call any more. Raises Superseded."""
    for ask in asks:
        _end(ask, JudgeAsk.State.SKIPPED, problem)
    _count(run, attempt, asks)


def _end(ask: JudgeAsk, state: str, problem: str) -> None:
    ask.state, ask.problem = state, problem
    ask.save(update_fields=["state", "problem"])


def _tried(ask: JudgeAsk, outcome: str, most: int) -> None:
    ask.tries, ask.problem = ask.tries + 1, outcome
    if ask.tries >= most or outcome == JudgeCall.Outcome.REFUSED:
        ask.state = JudgeAsk.State.FAILED
    ask.save(update_fields=["tries", "state", "problem"])


def _close(call: JudgeCall, result: Result, outcome: str, now: datetime) -> None:
    call.outcome, call.cost, call.ended_at = outcome, result.cost, now
    call.tokens_in, call.tokens_out = result.tokens_in, result.tokens_out
    call.save(update_fields=["outcome", "cost", "ended_at", "tokens_in", "tokens_out"])


def _count(
    run: JudgeRun,
    attempt: int,
    asks: Sequence[JudgeAsk],
    *,
    spent: Decimal | None = None,
    settled: JudgeCall | None = None,
) -> None:
    ended = [ask.state for ask in asks]
    states = (JudgeAsk.State.ANSWERED, JudgeAsk.State.FAILED, JudgeAsk.State.SKIPPED)
    counted: dict[str, object] = {name.value: F(name.value) + ended.count(name) for name in states if name in ended}
    if settled is not None and spent is not None:
        counted |= {"spent": F("spent") + spent, "committed": F("committed") - settled.reserved + spent}
    rows = jobs.mine(run, attempt)
    if not (rows.update(**counted) if counted else rows.select_for_update().exists()):
        raise Superseded
