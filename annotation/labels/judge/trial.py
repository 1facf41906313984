"""Try a prompt on one item before anything is stored: what is sent, what comes back, and what it would count as."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from decimal import Decimal

from annotation.errors import Refusal
from annotation.labels.judge import answer, chosen, prompt
from annotation.labels.judge.answer import Said
from annotation.labels.judge.case import Case
from annotation.lib.chat import ChatError, Client, Reply, Server
from annotation.lib.clipping import storable
from annotation.models import JudgeCall, JudgeVersion

SECONDS = 25.0
"""A person waits for it, and so does a web process."""

MAX_SHOWN = 20_000


class TrialFailed(Refusal):
    """The judge's server gave no answer: {what}{status}. Nothing was stored. {text}"""

    code = "trial_failed"
    status = 502


@dataclass(frozen=True, kw_only=True)
class Trial:
    """`said` None: what came back is no answer, for the reason `problem`. `cost` None: the server told none."""

    system: str
    evidence: str
    most: Decimal
    answered: str
    said: Said | None
    problem: str
    cost: Decimal | None
    seconds: float
    is_forced: bool


def ask(*, version: JudgeVersion, case: Case, server: Server) -> Trial:
    """Ask about one item. Raises NoReasons, TrialFailed."""
    reasons = {reason.code for reason in prompt.reasons_of(version, case.item.signal_kind)}
    started = time.monotonic()
    is_forced, reply = _reply(version, case, server)
    request = prompt.request(version=version, case=case, is_forced=is_forced)
    said, problem = _read(reply.text, reasons)
    return Trial(
        system=str(request.messages[0]["content"]),
        evidence=str(request.messages[1]["content"]),
        most=chosen.worst(version, request.body()),
        answered=_shown(reply.text),
        said=said,
        problem=problem,
        cost=_cost(version, reply),
        seconds=time.monotonic() - started,
        is_forced=is_forced,
    )


def _reply(version: JudgeVersion, case: Case, server: Server) -> tuple[bool, Reply]:
    """By the schema, else without: a server that knows none says so by refusing it."""
    with Client(server) as client:
        try:
            return True, client.complete(prompt.request(version=version, case=case).body())
        except ChatError as error:
            if error.is_retryable or error.is_for_all:
                raise _failed(error) from error
        try:
            return False, client.complete(prompt.request(version=version, case=case, is_forced=False).body())
        except ChatError as error:
            raise _failed(error) from error


def _failed(error: ChatError) -> TrialFailed:
    status = f" (status {error.status})" if error.status else ""
    what = JudgeCall.Outcome(error.code).label
    return TrialFailed(what=what, status=status, text=error.text[:500])


def _read(text: str, known: set[str]) -> tuple[Said | None, str]:
    try:
        return answer.read(text, known=known), ""
    except answer.Unusable as unusable:
        return None, str(JudgeCall.Outcome(unusable.code).label)


def _cost(version: JudgeVersion, reply: Reply) -> Decimal | None:
    if reply.tokens_in is None or reply.tokens_out is None:
        return None
    return chosen.price(version, tokens_in=reply.tokens_in, tokens_out=reply.tokens_out)


def _shown(text: str) -> str:
    """Laid out where it is JSON."""
    with contextlib.suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return storable(text, MAX_SHOWN)
