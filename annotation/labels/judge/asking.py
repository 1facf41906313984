"""Ask a server about item after item: several calls at once, at a pace, each again where that may help.

One thread looks at items, keeps the account and decides; the pool's threads only wait for the server.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from annotation import jobs
from annotation.errors import Refusal
from annotation.jobs import Cancelled, Clock
from annotation.labels.judge import answer, chosen, ledger, prompt
from annotation.labels.judge.case import Look
from annotation.labels.judge.ledger import Result
from annotation.lib.chat import ChatError, Client, Reply, Server
from annotation.lib.chat_rate import Pace, Place
from annotation.models import JudgeAsk, JudgeCall, JudgeRun, Reason

BATCH = 50
MAX_IN_A_ROW = 40
"""So many calls without an answer, one after the other: then it isn't for the items that there is none."""

LOOK_AGAIN_SECONDS = 1.0
STALLED_SECONDS = jobs.SILENT_AFTER.total_seconds() / 3
FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 60.0

# What servers answer that don't know `response_format`.
_NO_SCHEMA = frozenset({400, 415, 422, 501})


class KeyRefused(Refusal):
    """The judge's server refused Flywheel itself (status {status}): mend JUDGE_API_KEY, JUDGE_BASE_URL or the model's
    name, or what is owed there, then start the run again. Only what has no answer yet is asked."""


class ServerSilent(Refusal):
    """The judge's server gave no answer {count} times in a row, the last time: {what}. Once it works again, start the
    run again; only what has no answer yet is asked."""


@dataclass(frozen=True, kw_only=True)
class _Out:
    """A call that was sent. `reasons` by code: what it may be answered with."""

    call: JudgeCall
    reasons: dict[str, Reason]
    evidence_version: int
    is_forced: bool


class Asking:
    """One attempt at a run."""

    def __init__(self, run: JudgeRun, attempt: int, *, clock: Clock, look: Look, server: Server) -> None:
        self._run = run
        self._attempt = attempt
        self._clock = clock
        self._look = look
        self._client = Client(server)
        self._pool = ThreadPoolExecutor(run.concurrency, thread_name_prefix="judge")
        self._pace = Pace(run.per_second)
        self._out: dict[Future[Reply], _Out] = {}
        self._ready: deque[JudgeAsk] = deque()
        self._later: list[tuple[float, JudgeAsk]] = []
        self._reasons: dict[str, dict[str, Reason]] = {}
        self._last_id = 0
        self._is_at_end = False
        self._is_forced = True
        self._has_answered = False
        self._is_blocked = False
        self._in_a_row = 0
        self._end: Refusal | None = None
        self._looked_at = time.monotonic()

    def work(self) -> bool:
        """Until every item has its end, or no call is affordable any more. Returns whether all have their end.

        Raises Cancelled, Superseded, and Refusals where no call would help. What is out then is waited for.
        """
        with self._client, self._pool:
            if self._attempt > 1:
                # A worker before this one may have sent just now.
                self._pace.pause_a_window()
            try:
                return self._go()
            except (Cancelled, Refusal):
                while self._out:
                    self._collect(LOOK_AGAIN_SECONDS)
                raise

    def _go(self) -> bool:
        while self._has_more():
            if self._is_blocked and not self._out:
                return False
            self._collect(self._send())
            if self._end:
                raise self._end
            self._check_wanted()
        return True

    def _check_wanted(self) -> None:
        """Asked once a second: while the server wants a pause, nothing is written that would tell it."""
        if time.monotonic() - self._looked_at > LOOK_AGAIN_SECONDS:
            self._looked_at = time.monotonic()
            jobs.check_wanted(self._run, self._attempt)

    def _has_more(self) -> bool:
        if not self._ready and not self._is_at_end:
            self._fill()
        return bool(self._ready or self._later or self._out or not self._is_at_end)

    def _fill(self) -> None:
        """Those that need no call are told apart here, and end at once."""
        found = ledger.waiting(self._run, after=self._last_id, most=BATCH)
        self._is_at_end = len(found) < BATCH
        self._last_id = found[-1].pk if found else self._last_id
        for problem, asks in (
            ("erased", [ask for ask in found if ask.item.interaction.erased_at]),
            ("labeled", [ask for ask in found if ask.is_labeled]),  # type: ignore[attr-defined]
        ):
            if asks:
                ledger.skip(self._run, self._attempt, [ask for ask in asks if _waits(ask)], problem)
        self._ready.extend(ask for ask in found if _waits(ask))

    # --- Sending

    def _send(self) -> float:
        """Send what may be sent now. Returns the seconds until more may be."""
        self._bring_back()
        while self._ready and not self._is_blocked and len(self._out) < self._run.concurrency:
            if seconds := self._pace.wait():
                return seconds
            self._ask(self._ready.popleft())
        return min((due - time.monotonic() for due, _ in self._later), default=LOOK_AGAIN_SECONDS)

    def _bring_back(self) -> None:
        now = time.monotonic()
        due = [ask for at, ask in self._later if at <= now]
        self._later = [(at, ask) for at, ask in self._later if at > now]
        self._ready.extendleft(due)

    def _ask(self, ask: JudgeAsk) -> None:
        case = self._look(ask.item)
        reasons, is_forced = self._reasons_of(ask.item.signal_kind), self._is_forced
        version = self._run.version
        asked = prompt.request(version=version, case=case, is_forced=is_forced, reasons=list(reasons.values()))
        body = asked.body()
        most = chosen.worst(version, body)
        call = ledger.reserve(self._run, self._attempt, ask, most=most, now=self._clock())
        if call is None:
            self._is_blocked = True
            self._ready.appendleft(ask)
            return
        place = self._pace.take()
        out = _Out(call=call, reasons=reasons, evidence_version=case.evidence_version, is_forced=is_forced)
        self._out[self._pool.submit(self._complete, body, place, time.monotonic())] = out

    def _complete(self, body: bytes, place: Place, reserved: float) -> Reply:
        """In a thread of the pool. A process that stood still may have been given up for dead, and has no say then."""
        if time.monotonic() - reserved > STALLED_SECONDS:
            place.sent()
            raise ChatError("unreachable", is_free=True)
        return self._client.complete(body, sent=place.sent)

    def _reasons_of(self, kind: str) -> dict[str, Reason]:
        """By code, read once: a published version never changes."""
        if kind not in self._reasons:
            self._reasons[kind] = {reason.code: reason for reason in prompt.reasons_of(self._run.version, kind)}
        return self._reasons[kind]

    # --- What comes back

    def _collect(self, seconds: float) -> None:
        """Wait for so long, or until an answer comes, and take what came."""
        seconds = min(max(seconds, 0.0), LOOK_AGAIN_SECONDS)
        if not self._out:
            time.sleep(seconds)
            return
        for future in wait(self._out, timeout=seconds, return_when=FIRST_COMPLETED).done:
            self._take(future, self._out.pop(future))
            self._is_blocked = False

    def _take(self, future: Future[Reply], out: _Out) -> None:
        try:
            result = self._read(future.result(), out)
        except ChatError as error:
            self._take_error(error, out)
            return
        self._in_a_row, self._has_answered = 0, True
        self._settle(out, result, backoff=0.0)

    def _read(self, reply: Reply, out: _Out) -> Result:
        told: dict[str, Any] = {"tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out, "cost": self._cost(reply)}
        try:
            said = answer.read(reply.text, known=out.reasons)
        except answer.Unusable as unusable:
            return Result(outcome=unusable.code, text=reply.text, **told)
        return Result(outcome=JudgeCall.Outcome.ANSWERED, said=said, **told)

    def _cost(self, reply: Reply) -> Decimal | None:
        if reply.tokens_in is None or reply.tokens_out is None:
            return None
        return chosen.price(self._run.version, tokens_in=reply.tokens_in, tokens_out=reply.tokens_out)

    def _take_error(self, error: ChatError, out: _Out) -> None:
        self._in_a_row += 1
        is_no_schema = out.is_forced and not self._has_answered and error.status in _NO_SCHEMA
        self._is_forced = self._is_forced and not is_no_schema
        result = Result(
            outcome=JudgeCall.Outcome.NO_SCHEMA if is_no_schema else error.code,
            cost=Decimal(0) if error.is_free else None,
            text=error.text,
            # That the server has too much to do, or wants no schema or none of our calls, is nothing of the item's.
            counts_as_try=not (is_no_schema or error.is_for_all or error.code == JudgeCall.Outcome.RATE_LIMITED),
        )
        self._slow_down(error)
        self._settle(out, result, backoff=0.0 if is_no_schema else self._backoff(out.call.ask))
        if error.is_for_all:
            self._end = KeyRefused(status=error.status)
        elif self._in_a_row >= MAX_IN_A_ROW:
            self._end = ServerSilent(count=self._in_a_row, what=JudgeCall.Outcome(error.code).label)

    def _slow_down(self, error: ChatError) -> None:
        """What the server asks for holds for every call."""
        if error.retry_after is not None:
            self._pace.pause(error.retry_after)
        elif error.code == JudgeCall.Outcome.RATE_LIMITED:
            self._pace.pause(min(FIRST_BACKOFF * 2**self._in_a_row, LONGEST_BACKOFF))

    def _backoff(self, ask: JudgeAsk) -> float:
        """Twice as long each time, and not for all items alike."""
        share = 0.5 + ask.pk * 0.618034 % 1 / 2
        return share * min(FIRST_BACKOFF * float(2**ask.tries), LONGEST_BACKOFF)

    def _settle(self, out: _Out, result: Result, *, backoff: float) -> None:
        ask = ledger.settle(
            self._run,
            self._attempt,
            out.call,
            result,
            reason=out.reasons[result.said.reason] if result.said else None,
            evidence_version=out.evidence_version,
            now=self._clock(),
        )
        if ask.state == JudgeAsk.State.WAITING:
            ask.item = out.call.ask.item
            self._later.append((time.monotonic() + backoff, ask))


def _waits(ask: JudgeAsk) -> bool:
    return ask.state == JudgeAsk.State.WAITING
