"""How labels decide in a queue, in words: which rule is used and why, what would change it, and how far a run is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.lib.intervals import Share
from annotation.models import ConsensusFit, ConsensusRun, Queue
from annotation.web.progress import Progress, pace, trouble, waiting

Why = ConsensusFit.Why

MAJORITY = gettext_lazy(
    "The majority decides: each item has a fixed number of labels, everybody counts alike, and more than half must say "
    "the same. Otherwise the item is disputed."
)
WEIGHED = gettext_lazy(
    "People count by how often they are right (Dawid and Skene): each item starts with %(first)s labels and asks for "
    "one more until its answer is %(percent)s likely, up to %(most)s. Then it is disputed."
)
ALONE = gettext_lazy(
    "People count by how often they are right (Dawid and Skene) on items that have more than one label. New items ask "
    "for a single one, which decides alone; “Labels an item” above says how many."
)
UNTIL_THEN = gettext_lazy(
    "How often each is right has not been estimated yet. It is every night; until then a vote decides, and stops "
    "asking once the labels to come could not turn it."
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of signal: whether people are weighed there, and the sentences that say why and how well."""

    name: str
    is_weighed: bool
    decides: str
    why: str
    facts: list[str]


def rule(queue: Queue, *, is_fitted: bool) -> list[str | Promise]:
    if queue.consensus == Queue.Consensus.MAJORITY:
        return [MAJORITY]
    told = {"first": queue.overlap, "most": queue.overlap_max, "percent": f"{100 * queue.stop_at:g} %"}
    said = WEIGHED % told if queue.overlap > 1 else ALONE
    return [said] if is_fitted else [said, UNTIL_THEN]


def kinds(fits: list[ConsensusFit]) -> list[Kind]:
    return [
        Kind(
            name=fit.signal_kind,
            is_weighed=fit.is_used,
            decides=_("people are weighed") if fit.is_used else _("a vote decides"),
            why=_why(fit),
            facts=_facts(fit),
        )
        for fit in fits
    ]


def progress(run: ConsensusRun, *, has_worker: bool, now: datetime) -> Progress:
    if run.status == ConsensusRun.Status.PENDING:
        return waiting(has_worker=has_worker, of=run.items_total)
    if run.cancel_asked_at is not None:
        return Progress(title=_("Stopping"), text=_("Its worker stops after the items that it is at."), of=1)
    silent = trouble(run, now=now, rest=_("Nothing is lost, and nothing is decided twice."))
    if run.items_total is None:
        return Progress(title=_("Estimating who is right how often"), text=_reading(run), trouble=silent)
    return Progress(
        title=_("Deciding items anew"),
        text=_pace(run, run.items_total, now),
        done=run.items_done,
        of=run.items_total,
        trouble=silent,
    )


def ended(run: ConsensusRun) -> str:
    """What came of the last run, in a sentence."""
    if run.status == ConsensusRun.Status.FAILED:
        return run.error
    figures = {"items": f"{run.items_done:,}", "changed": f"{run.changed:,}"}
    if run.status == ConsensusRun.Status.CANCELLED:
        said = ngettext(
            "It was cancelled after %(items)s item; %(changed)s came out otherwise.",
            "It was cancelled after %(items)s items; %(changed)s came out otherwise.",
            run.items_done,
        )
        return said % figures
    if not run.items_done:
        return _("Every item stands as it did.")
    said = ngettext(
        "%(items)s item had to be looked at again, %(changed)s came out otherwise; all others stand as they did.",
        "%(items)s items had to be looked at again, %(changed)s came out otherwise; all others stand as they did.",
        run.items_done,
    )
    return said % figures


def _why(fit: ConsensusFit) -> str:
    match fit.why:
        case Why.TOO_FEW:
            return _too_few(fit)
        case Why.COLLAPSED:
            return _collapsed(fit)
        case Why.GOLD_FOR | Why.GOLD_AGAINST:
            return _gold(fit)
    return _(
        "Nothing speaks against weighing people, and nothing checks it: only items with a known answer could, from "
        "30 labeled ones on; there are %(n)s."
    ) % {"n": fit.gold_items}


def _too_few(fit: ConsensusFit) -> str:
    if not fit.known:
        said = ngettext(
            "How reliable anybody is can't be said yet: nobody has 30 labels on items that somebody else labeled too. "
            "About %(n)s more label of the one who has most would be enough to begin with.",
            "How reliable anybody is can't be said yet: nobody has 30 labels on items that somebody else labeled too. "
            "About %(n)s more labels of the one who has most would be enough to begin with.",
            fit.missing,
        )
        return said % {"n": f"{fit.missing:,}"}
    if len(fit.reasons) < 2:
        return _("Everybody chose the same reason so far, so there is nothing to weigh.")
    said = ngettext(
        "There are too few labels for so many reasons: what each person mixes up with what can't be told from chance. "
        "About %(n)s more label of the same people would settle it.",
        "There are too few labels for so many reasons: what each person mixes up with what can't be told from chance. "
        "About %(n)s more labels of the same people would settle it.",
        fit.missing,
    )
    return said % {"n": f"{fit.missing:,}"}


def _collapsed(fit: ConsensusFit) -> str:
    said = _(
        "Weighing people found something else than these reasons: against a vote the share of a reason moved by "
        "%(shift)s points, and %(below)s of 100 things that people say came out as worse than chance. So it is not "
        "used. A clearer guideline, or items with a known answer, would change that."
    )
    return said % {"shift": f"{100 * (fit.shift or 0):.0f}", "below": f"{100 * (fit.below_chance or 0):.0f}"}


def _gold(fit: ConsensusFit) -> str:
    ours, vote = (Share(hits=found or 0, n=fit.gold_items) for found in (fit.gold_fitted, fit.gold_majority))
    said = _(
        "On the %(n)s labeled items whose answer is known, each left out in turn, weighing people is right "
        "%(ours)s times in 100 (likely %(ours_low)s to %(ours_high)s), a vote %(vote)s times (likely %(vote_low)s to "
        "%(vote_high)s): what does better is used, and a draw leaves it to the queue."
    )
    return said % {
        "n": f"{fit.gold_items:,}",
        "ours": ours.percent,
        "ours_low": ours.low_percent,
        "ours_high": ours.high_percent,
        "vote": vote.percent,
        "vote_low": vote.low_percent,
        "vote_high": vote.high_percent,
    }


def _facts(fit: ConsensusFit) -> list[str]:
    counted = _("%(labels)s labels of %(people)s people on items with more than one label or a known answer.") % {
        "labels": f"{fit.labels:,}",
        "people": f"{fit.people:,}",
    }
    unknown = fit.people - fit.known
    if not unknown or not fit.is_used:
        return [counted]
    said = ngettext(
        "The reliability of %(n)s of them is unknown: under 30 such labels. Where most labels of an item are of such "
        "people, a vote decides it.",
        "The reliability of %(n)s of them is unknown: under 30 such labels each. Where most labels of an item are of "
        "such people, a vote decides it.",
        unknown,
    )
    return [counted, said % {"n": f"{unknown:,}"}]


def _reading(run: ConsensusRun) -> str:
    if run.labels_total is None:
        return _("Reading labels.")
    return _("From %(n)s labels.") % {"n": f"{run.labels_total:,}"}


def _pace(run: ConsensusRun, total: int, now: datetime) -> str:
    """Items so far, and once there are some, their rate and the time that the rest needs at it."""
    text = _("%(done)s of %(total)s items.") % {"done": f"{run.items_done:,}", "total": f"{total:,}"}
    return f"{text} {pace(done=run.items_done, of=total, since=run.started_at, now=now)}".rstrip()
