"""A queue's settings as people read them, and what a change of each brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.models import Queue, User
from annotation.queues.outlook import Closing, Load, Move, Outlook
from annotation.web.changes import Change

TITLES: Mapping[str, str | Promise] = {
    "rank": gettext_lazy("Rank"),
    "signal_kinds": gettext_lazy("Kinds of signals"),
    "overlap": gettext_lazy("Labels an item"),
    "overlap_max": gettext_lazy("Labels at most"),
    "stop_at": gettext_lazy("Certain enough at"),
    "full_overlap_share": gettext_lazy("Share labeled by as many as may"),
    "mix": gettext_lazy("Weight (mix)"),
    "delay_hours": gettext_lazy("Delay in hours"),
    "lease_minutes": gettext_lazy("Hold in minutes"),
    "limit_hours": gettext_lazy("Limit in hours"),
    "gold_share": gettext_lazy("Share of gold items"),
    "second_look_share": gettext_lazy("Share of second looks"),
    "guideline": gettext_lazy("Guideline"),
    "show_suggestions": gettext_lazy("Suggestions shown"),
    "consensus": gettext_lazy("How labels decide"),
    "taxonomy_version": gettext_lazy("Taxonomy version"),
    "members": gettext_lazy("Who labels"),
}

EFFECTS: Mapping[str, str | Promise] = {
    "rank": gettext_lazy(
        "Which queue is asked first about signals that arrive from now on. Items that are there stay."
    ),
    "signal_kinds": gettext_lazy("Counts for signals that arrive from now on. Items that are there stay."),
    "overlap_max": gettext_lazy(
        "Counts for items that are made from now on, where they are drawn to be labeled by many. Where people are "
        "weighed, also for how often items that are there may still ask for one more label."
    ),
    "full_overlap_share": gettext_lazy(
        "Counts for items that are made from now on, in queues with more than one label."
    ),
    "stop_at": gettext_lazy(
        "Where people are weighed, items are asked about until an answer is so likely, from their next label on. What "
        "is resolved stays so while its answer is likelier than all others together. A majority doesn't use it."
    ),
    "mix": gettext_lazy(
        "The present sampling design ends and the next one begins, for new arrivals only: items that are there keep "
        "their weight. Rates stay honest across the change, since each item is counted by its own chance. Items for "
        "which no rule holds that was measured on people's answers weigh 1 as before."
    ),
    "gold_share": gettext_lazy(
        "Counts from the next item that is taken, as far as there are known answers that its person hasn't seen. "
        "Annotators can't tell such items from others, and the labels that they take come on top of the rest."
    ),
    "guideline": gettext_lazy("Annotators see it with the next item that they open."),
    "consensus": gettext_lazy(
        "All items that people labeled are decided anew by it within minutes. What comes out otherwise is a new "
        "revision; datasets that were made keep what they hold."
    ),
}

CONSENSUS: Mapping[str, str | Promise] = {
    "majority": gettext_lazy("The majority decides"),
    "dawid_skene": gettext_lazy("People count by how often they are right (Dawid and Skene)"),
}

NOT_KNOWN = gettext_lazy("how many a day can't be said yet: the feature has less than a day of signals")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the sentences tell. `closing` where the limit changes; `left`, `left_holding`: people who can't label any
    more, and the items on their desks."""

    outlook: Outlook
    closing: Closing | None = None
    left: Sequence[User] = ()
    left_holding: int = 0
    people: Mapping[int, User]


def changes(differences: Mapping[str, list[Any]], figures: Figures) -> list[Change]:
    return [
        Change(
            title=TITLES[name],
            before=value(name, before, figures.people),
            after=value(name, after, figures.people),
            effect=_effect(name, before, after, figures),
        )
        for name, (before, after) in differences.items()
    ]


def moves(found: Sequence[Move]) -> list[str]:
    """Where signals go from now on, a sentence a kind."""
    return [_move(move) for move in found]


def load(found: Load) -> list[str]:
    """What there will be to do, and whether the team's pace is enough."""
    if found.items is None or found.after is None or found.before is None:
        return [_("How many labels a day this asks for can't be said yet: the feature has less than a day of signals.")]
    said = _("By the last 7 days %(items)s items a day come to this queue. They ask for %(after)s labels a day%(as)s.")
    figures = {"items": _about(found.items), "after": _about(found.after), "as": _as_before(found.before, found.after)}
    return [said % figures, _pace(found)]


def _as_before(before: float, after: float) -> str:
    if not before:
        return ""
    is_same = _about(before) == _about(after)
    return _(", as before") if is_same else _(" instead of %(before)s") % {"before": _about(before)}


def value(name: str, one: Any, people: Mapping[int, User]) -> str:
    match name, one:
        case "signal_kinds", []:
            return _("every kind")
        case "members", []:
            return _("all annotators of the feature")
        case "members", ids:
            return ", ".join(str(people.get(pk, pk)) for pk in ids)
        case "signal_kinds", kinds:
            return ", ".join(kinds)
        case "taxonomy_version", None:
            return _("always the latest")
        case "guideline", text:
            return _size(text)
        case "consensus", code:
            return str(CONSENSUS[code])
        case _, bool():
            return _("yes") if one else _("no")
        case _:
            return f"{one:g}" if isinstance(one, float) else str(one)


def _size(text: str) -> str:
    words = len(text.split())
    return ngettext("%(n)d word", "%(n)d words", words) % {"n": words} if words else _("none")


def _effect(name: str, before: Any, after: Any, figures: Figures) -> str | Promise:
    match name:
        case "overlap":
            return _overlap(figures.outlook)
        case "delay_hours":
            return _delay(figures.outlook)
        case "lease_minutes":
            return _lease(figures.outlook)
        case "limit_hours":
            return _limit(figures.closing)
        case "second_look_share":
            return _second_looks(after)
        case "members":
            return _members(figures)
        case "taxonomy_version":
            return _version(figures.outlook)
        case "show_suggestions":
            return _suggestions(is_shown=after)
        case _:
            return EFFECTS[name]


def _move(move: Move) -> str:
    if move.target is None:
        said = _("Signals of kind %(kind)s are kept from now on and nobody is asked about them: %(per_day)s.")
    elif move.source is None:
        said = _("Signals of kind %(kind)s, which no queue takes now, go to %(target)s from now on: %(per_day)s.")
    else:
        said = _("From now on signals of kind %(kind)s go to %(target)s instead of %(source)s: %(per_day)s.")
    names = {"kind": move.kind, "source": _name(move.source), "target": _name(move.target)}
    first = said % (names | {"per_day": _per_day(move.per_day)})
    return first if not move.stay else f"{first} {_stay(move)}"


def _name(queue: Queue | None) -> str:
    return queue.name if queue else ""


def _stay(move: Move) -> str:
    said = ngettext("%(n)s open item stays in %(queue)s.", "%(n)s open items stay in %(queue)s.", move.stay)
    return said % {"n": f"{move.stay:,}", "queue": _name(move.source)}


def _per_day(rate: float | None) -> str:
    if rate is None:
        return str(NOT_KNOWN)
    return (
        _("about %(n)s a day by the last 7 days") % {"n": _about(rate)} if rate else _("none came in the last 7 days")
    )


def _about(rate: float) -> str:
    """A rate with as many digits as it carries."""
    return f"{rate:,.0f}" if rate >= 10 or rate == round(rate) else f"{rate:.1f}"


def _pace(found: Load) -> str:
    if found.pace is None:
        return _("Nobody labeled in this feature in the last 7 days, so when its backlog is done can't be said.")
    figures = {"pace": _about(found.pace), "missing": f"{found.missing:,}"}
    if found.growth is not None and found.growth > 0:
        said = _("Your team gives %(pace)s labels a day in this feature: its backlog grows by about %(n)s a day.")
        return said % (figures | {"n": _about(found.growth)})
    if found.drained_in is None:
        return _("Your team gives %(pace)s labels a day in this feature, as many as come: its backlog stays.") % figures
    days = max(1, round(found.drained_in))
    said = ngettext(
        "At your team's pace of %(pace)s labels a day the %(missing)s labels that this feature's open items still ask "
        "for are done in about %(n)d day.",
        "At your team's pace of %(pace)s labels a day the %(missing)s labels that this feature's open items still ask "
        "for are done in about %(n)d days.",
        days,
    )
    return said % (figures | {"n": days})


def _also(said: str, told: str, count: int) -> str:
    """What is told of so many, where there are any."""
    return f"{said} {told % {'n': f'{count:,}'}}" if count else said


def _overlap(outlook: Outlook) -> str:
    said = _("Counts for items that are made from now on.")
    stay = ngettext(
        "%(n)s open item asks for as many as before.", "%(n)s open items ask for as many as before.", outlook.open
    )
    return _also(said, stay, outlook.open)


def _delay(outlook: Outlook) -> str:
    said = _("Counts for signals that arrive from now on.")
    stay = ngettext(
        "%(n)s signal waits already and comes when it was due.",
        "%(n)s signals wait already and come when they were due.",
        outlook.waiting,
    )
    return _also(said, stay, outlook.waiting)


def _lease(outlook: Outlook) -> str:
    said = _("Counts for items that are opened from now on, and for those whose person goes on working.")
    held = ngettext(
        "%(n)s item is held now: that hold ends when it would have.",
        "%(n)s items are held now: those holds end when they would have.",
        outlook.held,
    )
    return _also(said, held, outlook.held)


def _limit(closing: Closing | None) -> str:
    said = _("Counts for days that are still open too.")
    if closing is None or not closing.open:
        return said
    if not closing.closing:
        return f"{said} {_('%(open)d are, and none of them closes sooner by this at once.') % {'open': closing.open}}"
    told = _(
        "%(open)d are; %(closing)d of them close within minutes, for good. %(n)s of their items, which nobody has "
        "seen, are then not offered any more."
    )
    return f"{said} {told % {'open': closing.open, 'closing': closing.closing, 'n': f'{closing.unreached:,}'}}"


def _second_looks(share: float) -> str:
    if not share:
        return _("Nothing more is looked at twice. Second looks that are open stay and can be labeled.")
    return _(
        "Counts for what people decide from now on: about %(share)s of 100 items are asked about once more, of "
        "somebody who hasn't labeled them. Where one person labels alone, second looks stay open."
    ) % {"share": f"{100 * share:g}"}


def _members(figures: Figures) -> str:
    if not figures.left:
        return _("People see the queue, or don't any more, from their next page on.")
    names = ", ".join(str(user) for user in figures.left)
    said = _("No longer theirs from the next page on: %(names)s. What they labeled stays.") % {"names": names}
    if not figures.left_holding:
        return said
    held = ngettext(
        "%(n)d item is on their desks: what they send of it is refused, and it goes to others when the hold ends.",
        "%(n)d items are on their desks: what they send of them is refused, and they go to others when the hold ends.",
        figures.left_holding,
    )
    return f"{said} {held % {'n': figures.left_holding}}"


def _version(outlook: Outlook) -> str:
    said = _("Items are labeled by its reasons from now on, those that are open too. Labels that are there stay.")
    told = ngettext(
        "%(n)s open item is of a kind that this version doesn't ask about, and can't be labeled by it.",
        "%(n)s open items are of kinds that this version doesn't ask about, and can't be labeled by it.",
        outlook.unknown,
    )
    return _also(said, told, outlook.unknown)


def _suggestions(*, is_shown: bool) -> str:
    if not is_shown:
        return _("Counts from the next item that is opened. Estimates may use rules and judges again for its labels.")
    return _(
        "Counts from the next item that is opened. Labels may lean to what is shown, so estimates don't use rules and "
        "judges where it was, and their pages say so."
    )
