"""Figures of judges and their runs as people read them: pure, but for the language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.labels.judge.accuracy import Accuracy
from annotation.labels.judge.chosen import Choice, Estimate
from annotation.lib import reading, sentences
from annotation.lib.intervals import Share, wilson
from annotation.models import Item, JudgeCall, JudgeRun, JudgeVersion
from annotation.web import charts
from annotation.web.progress import STATUSES as OF_ANY_JOB
from annotation.web.progress import Progress, pace, trouble, waiting

STATUSES: dict[str, str | Promise] = {**OF_ANY_JOB, "capped": gettext_lazy("stopped at its cap")}

ITEM_STATUSES: dict[str, str | Promise] = {
    Item.Status.OPEN.value: gettext_lazy("open"),
    Item.Status.RESERVE.value: gettext_lazy("in reserve"),
    Item.Status.DISPUTED.value: gettext_lazy("disputed"),
    Item.Status.RESOLVED.value: gettext_lazy("resolved"),
}

OUTCOMES: dict[str, str | Promise] = dict(JudgeCall.Outcome.choices)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One version on the list: its figures, in a picture and in words."""

    version: JudgeVersion
    accuracy: Accuracy
    sentence: str
    drawn: charts.Span | None


def line(version: JudgeVersion, accuracy: Accuracy) -> Line:
    drawn = _drawn(accuracy.reasons) if accuracy.reasons else None
    return Line(version=version, accuracy=accuracy, sentence=_sentence(accuracy), drawn=drawn)


def _drawn(share: Share) -> charts.Span:
    low, high = wilson(share.hits, share.n)
    return charts.span("share", value=share.value, low=low, high=high, least=0)


def _sentence(found: Accuracy) -> str:
    if not found.reasons or not found.outcomes:
        return _unknown(found)
    said = _(
        "It gave people's reason %(percent)d times in 100 (likely %(low)d to %(high)d), and their outcome %(outcome)d "
        "times (likely %(outcome_low)d to %(outcome_high)d), over %(n)s items that people decided."
    )
    return said % {
        "percent": found.reasons.percent,
        "low": found.reasons.low_percent,
        "high": found.reasons.high_percent,
        "outcome": found.outcomes.percent,
        "outcome_low": found.outcomes.low_percent,
        "outcome_high": found.outcomes.high_percent,
        "n": f"{found.compared:,}",
    }


def _unknown(found: Accuracy) -> str:
    if not found.labeled:
        return _("It has answered nothing yet. Start a run.")
    said = ngettext(
        "Not enough to compare: people decided %(n)d of the items that it answered. %(missing)d more would do.",
        "Not enough to compare: people decided %(n)d of the items that it answered. %(missing)d more would do.",
        found.compared,
    )
    return said % {"n": found.compared, "missing": found.missing}


def money(value: Decimal) -> str:
    """Two decimals, and more where less than a tenth would else look like nothing."""
    if not value:
        return "0"
    return f"{value:,.2f}" if value >= Decimal("0.1") else f"{max(value, Decimal('0.0001')):.4f}"


def choice(run: JudgeRun) -> list[str]:
    """What was chosen and within which limits, a phrase each."""
    chosen = Choice(**run.choice)
    parts = [
        _("Queues: %(names)s") % {"names": ", ".join(chosen.queues)} if chosen.queues else _("All queues"),
        _("signals: %(names)s") % {"names": ", ".join(chosen.kinds)} if chosen.kinds else _("all kinds of signals"),
    ]
    if chosen.statuses:
        parts.append(", ".join(str(ITEM_STATUSES.get(one, one)) for one in chosen.statuses))
    if chosen.share < 1:
        parts.append(_("%(share)s of them") % {"share": sentences.percent(chosen.share)})
    if chosen.limit:
        parts.append(_("at most %(limit)s items") % {"limit": f"{chosen.limit:,}"})
    limits = {"rate": f"{run.per_second:g}", "calls": run.concurrency, "tries": run.tries}
    return [*parts, _("at most %(rate)s calls a second, %(calls)d at once, %(tries)d for one item") % limits]


def estimate(found: Estimate, cap: Decimal) -> list[str]:
    """What a run would take, a sentence each."""
    told = {"cost": money(found.cost), "most": money(found.most), "time": reading.span(found.seconds)}
    if not found.most:
        return [_("By the prices of this version it costs nothing. It takes about %(time)s.") % told]
    said = _("About %(cost)s, and at most %(most)s where no call has to be repeated. It takes about %(time)s.")
    lines = [said % told]
    if found.is_measured:
        lines.append(_("Reckoned from what earlier calls of this version took."))
    else:
        lines.append(_("Reckoned from the texts of a few items; this version was never run, so it may be twice that."))
    if found.cost > cap:
        share = int(found.items * cap / found.cost)
        told_cap = _("The cap of %(cap)s ends it after about %(n)s items. What is left, a later run takes.")
        lines.append(told_cap % {"cap": money(cap), "n": f"{share:,}"})
    return lines


# --- How far a run is


def progress(run: JudgeRun, *, has_worker: bool, now: datetime) -> Progress:
    if run.status == JudgeRun.Status.PENDING:
        return waiting(has_worker=has_worker, of=1)
    if run.cancel_asked_at is not None:
        return Progress(title=_("Stopping"), text=_("Answers that are on their way are waited for, and kept."), of=1)
    if run.selected_at is None:
        return Progress(title=_("Choosing the items"), text=_("Nothing was sent yet."), of=1)
    rest = _("No answer is lost; what calls that were out may have cost stays counted.")
    return Progress(
        title=_("Asking"),
        text=_pace(run, now),
        done=done(run),
        of=run.items_total,
        trouble=trouble(run, now=now, rest=rest),
    )


def done(run: JudgeRun) -> int:
    return run.answered + run.failed + run.skipped


def _pace(run: JudgeRun, now: datetime) -> str:
    text = _("%(done)s of %(total)s items.") % {"done": f"{done(run):,}", "total": f"{run.items_total:,}"}
    rate = pace(done=done(run), of=run.items_total, since=run.started_at, now=now)
    return " ".join(filter(None, [text, rate, cost(run)]))


def cost(run: JudgeRun) -> str:
    """What the server counted; and what it may have been, where that is more."""
    said = _("Cost: %(spent)s as the server counted; the cap is %(cap)s.")
    if run.committed > run.spent:
        said = _("Cost: %(spent)s as the server counted, %(committed)s at most; the cap is %(cap)s.")
    return said % {"spent": money(run.spent), "committed": money(run.committed), "cap": money(run.cost_cap)}
