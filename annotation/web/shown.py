"""The evidence of an item as a page shows it: texts as safe HTML, figures as sentences, codes as words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.ingest.evidence import Evidence
from annotation.lib import evidence, messages, sentences, words
from annotation.lib.changes import Change
from annotation.lib.messages import Message
from annotation.models import Reason
from annotation.web import texts
from annotation.web.texts import Shown

HEADLINES = {
    "accepted": _("The user accepted this answer"),
    "edited": _("The user edited this answer"),
    "abandoned": _("The user left after this answer"),
    "regenerated": _("The user asked for another answer"),
    "dismissed": _("The user dismissed this answer"),
    "copied": _("The user copied from this answer"),
    "thumbs_up": _("The user gave a thumbs up"),
    "thumbs_down": _("The user gave a thumbs down"),
    "escalated": _("The user was passed on to somebody else"),
    "no_signal": _("The user did nothing that was recorded"),
}

OUTCOMES = {
    "good": _("Good answer"),
    "bad": _("Bad answer"),
    "not_about_model": _("Not about the answer"),
    "unknowable": _("Can't be known"),
}

OPEN_MESSAGES = 3
"""The last messages of the conversation that are open from the start; instructions and what came earlier are folded."""

FOLD_CHARS = 1500
"""Open messages hold at most this many characters together, but for the last one, which is always open."""

FOLDED_MESSAGES = 6
"""Folded messages that come with the page; those before them are sent when somebody asks for them."""

LATER_TURNS = 3
"""Later turns that come with the page."""

PART = 30
"""Messages that are sent at once when somebody asks for earlier ones, and turns when for later ones."""

SAME_CHARS = 1_200
"""A longer run of text that stayed the same is folded between two changes, but for its ends."""

SAME_ENDS = 300

CHANGED_CHARS = 6_000
"""A longer run of text that went or came is folded after so many characters."""

_MOVED_WORDS = 6
"""Words of a moved text that are named where it stood before."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    at: datetime
    user: Shown | None
    answer: Shown


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A run of a changed text. `hidden` is folded after it; `lead` and `tail` are not marked as changed.

    What was moved says so at both places: `is_down` where it went further down; `words` are how many it has.
    """

    kind: str
    text: str
    lead: str = ""
    hidden: str = ""
    tail: str = ""
    is_down: bool = False
    words: int = 0


@dataclass(frozen=True, kw_only=True)
class Page:
    """What `components/evidence.html` shows of one item.

    `earlier` counts the messages before the `folded` ones, and `further` the turns after the `later` ones: they are
    sent when they are asked for.
    """

    source: Evidence
    headline: str | Promise
    facts: Sequence[str]
    instructions: Sequence[Shown]
    earlier: int
    folded: Sequence[Shown]
    open: Sequence[Shown]
    answer: Sequence[Shown]
    changes: Sequence[Piece]
    kept: Shown
    later: Sequence[Turn]
    further: int
    instead: Shown | None
    earlier_answer: Shown | None
    record: texts.Text

    @property
    def is_code(self) -> bool:
        """Whether what was kept is program text, so that its changes are shown as such."""
        return bool(self.kept.raw) and not self.kept.is_formatted

    @property
    def before(self) -> int:
        """How many messages stand before the open ones."""
        return self.earlier + len(self.folded)


@dataclass(frozen=True, kw_only=True)
class Group:
    """The reasons of one outcome, in the order of their keys."""

    outcome: str
    title: str | Promise
    reasons: Sequence[Reason]


def page(found: Evidence) -> Page:
    """All that is bounded: of a conversation of any length the turns around the answer, of any text its beginning."""
    told = _first_said(found.before)
    start = _first_open(found.before)
    folded = max(told, start - FOLDED_MESSAGES)
    near = texts.listed(found.before[folded:])
    later = later_turns(found)
    return Page(
        source=found,
        headline=headline(found.signal.kind),
        facts=[sentence(fact) for fact in found.facts],
        instructions=texts.listed(found.before[:told]),
        earlier=folded - told,
        folded=near[: start - folded],
        open=near[start - folded :],
        answer=texts.listed(found.answer, most=texts.ANSWER_CHARS),
        changes=list(_pieces(found.changes or ())),
        kept=texts.answer(found.final_text or ""),
        later=[turn(one) for one in later[:LATER_TURNS]],
        further=len(later[LATER_TURNS:]),
        instead=None if found.instead is None else texts.answer(found.instead),
        earlier_answer=None if found.earlier_answer is None else texts.answer(found.earlier_answer),
        record=texts.text(_record(found), "code", most=texts.MESSAGE_CHARS),
    )


def headline(kind: str) -> str | Promise:
    return HEADLINES.get(kind) or gettext("Signal: %(kind)s") % {"kind": kind}


def sentence(fact: evidence.Fact) -> str:
    """A fact in the language of the page: the template is translated, then filled."""
    figures = {name: _apart(value) if isinstance(value, str) else value for name, value in fact.figures.items()}
    return sentences.filled(gettext(sentences.SENTENCES[fact.code]), figures)


def groups(reasons: Sequence[Reason]) -> list[Group]:
    """Reasons by outcome, outcomes in their fixed order, so that a key is always found in the same place."""
    by_outcome = {code: [one for one in reasons if one.outcome == code] for code in OUTCOMES}
    return [Group(outcome=code, title=OUTCOMES[code], reasons=found) for code, found in by_outcome.items() if found]


def earlier_messages(found: Evidence, *, end: int) -> tuple[int, list[Shown]]:
    """A part of the conversation that ends with message number `end` of those after the instructions.

    Returns how many stand before it.
    """
    said = found.before[_first_said(found.before) :]
    start = max(0, min(end, len(said)) - PART)
    return start, texts.listed(said[start:end])


def later_turns(found: Evidence) -> list[evidence.Turn]:
    """What came after, without the answer that was made instead: it has its own place."""
    return [one for one in found.later if one.answer_text != found.instead]


def turn(later: evidence.Turn) -> Turn:
    asked = texts.message({"role": "user", "content": later.user_text}) if later.user_text else None
    return Turn(at=later.at, user=asked, answer=texts.answer(later.answer_text))


def _apart(quote: str) -> str:
    """A quote that is written from right to left, set apart so that the sentence around it keeps its order."""
    is_other = any(unicodedata.bidirectional(char) in ("R", "AL") for char in quote)
    return f"\u2068{quote}\u2069" if is_other else quote


def _first_said(before: Sequence[Message]) -> int:
    """How many instructions to the model a conversation begins with."""
    return next((place for place, one in enumerate(before) if one.get("role") not in _INSTRUCTIONS), len(before))


_INSTRUCTIONS = ("system", "developer")


def _first_open(before: Sequence[Message]) -> int:
    """Where the open part of the conversation begins: at the last messages that are short enough together."""
    start, room = len(before), FOLD_CHARS
    while start and len(before) - start < OPEN_MESSAGES and before[start - 1].get("role") not in _INSTRUCTIONS:
        room -= len(messages.text_of([before[start - 1]]))
        if room < 0 and start < len(before):
            break
        start -= 1
    return start


def _pieces(changes: Sequence[Change]) -> Iterator[Piece]:
    """The changes as they are shown: what was moved once, where it stands now, and a mark where it stood."""
    places = {(one.kind, one.move): place for place, one in enumerate(changes) if one.move}
    for place, change in enumerate(changes):
        if change.kind == "equal":
            yield _same(change.text, has_before=place > 0, has_after=place < len(changes) - 1)
        elif change.move:
            is_down = places["moved_here", change.move] > places["moved_away", change.move]
            yield _moved(change, is_down=is_down)
        else:
            yield _changed(change)


def _moved(change: Change, *, is_down: bool) -> Piece:
    lead, text, tail = _lines_apart(change.text)
    told = _start(text) if change.kind == "moved_away" else text
    return Piece(kind=change.kind, lead=lead, text=told, tail=tail, is_down=is_down, words=words.count(text))


def _changed(change: Change) -> Piece:
    """Line ends at its edges are not marked; where nothing else changed, a sign stands for each."""
    lead, text, tail = _lines_apart(change.text)
    if not text:
        ends = "¶" * max(change.text.count("\n"), 1)
        return Piece(kind=change.kind, text=ends, tail="" if change.kind == "delete" else change.text)
    rest = text[CHANGED_CHARS : CHANGED_CHARS + texts.REST_CHARS]
    return Piece(kind=change.kind, lead=lead, text=text[:CHANGED_CHARS], hidden=rest, tail=tail)


def _lines_apart(text: str) -> tuple[str, str, str]:
    """A text without the line ends before and after it, and the spaces beside them; with spaces where no line ends."""
    inner = text.strip()
    start = text.find(inner) if inner else len(text)
    lead, tail = text[:start], text[start + len(inner) :]
    before, after = (lead if "\n" in lead else ""), (tail if "\n" in tail else "")
    return before, text[len(before) : len(text) - len(after)], after


def _same(text: str, *, has_before: bool, has_after: bool) -> Piece:
    if len(text) <= SAME_CHARS:
        return Piece(kind="equal", text=text)
    head = max(text.rfind(" ", 0, SAME_ENDS), text.rfind("\n", 0, SAME_ENDS), 0) if has_before else 0
    last = len(text) - SAME_ENDS
    end = max(text.find(" ", last), last) if has_after else len(text)
    return Piece(kind="equal", text=text[:head], hidden=text[head:end][: texts.REST_CHARS], tail=text[end:])


def _start(text: str) -> str:
    """The first words of a text, in one line."""
    found = text[:200].split()
    return " ".join(found[:_MOVED_WORDS])[:60] + ("…" if len(found) > _MOVED_WORDS or len(text) > 200 else "")


def _record(found: Evidence) -> str:
    """What the sender said beside the texts."""
    interaction = found.interaction
    said = {
        "id": interaction.external_id,
        "conversation_id": interaction.conversation_id,
        "model_version": interaction.model_version,
        "request_model": interaction.request_model or None,
        "response_model": interaction.response_model or None,
        "exposure": {"rank": interaction.exposure_rank, "of": interaction.exposure_of}
        if interaction.exposure_rank
        else None,
        "metadata": found.metadata or None,
        "signal": {"kind": found.signal.kind, "details": found.details or None},
    }
    return texts.as_json({name: value for name, value in said.items() if value is not None})
