"""The evidence of an item as a page shows it: texts as safe HTML, figures as sentences, codes as words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.ingest.evidence import Evidence
from annotation.lib import evidence, markdown, messages, sentences, words
from annotation.lib.messages import Message
from annotation.models import Reason

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

ROLES = {
    "system": _("Instructions to the model"),
    "developer": _("Instructions to the model"),
    "user": _("User"),
    "assistant": _("Model"),
    "tool": _("Result of a tool"),
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

_CODE_LINE = re.compile(
    r"[{};]\s*$|^\s{2,}\S|^\s*(?:def|class|return|import|from|if|for|while|function|const|let|var|public|SELECT|FROM)\b"
    r"|^\s*(?://|#include|#!|--|</?\w)|\w\(.*\)\s*:?$|^\s*[)\]}]"
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A tool that the model called."""

    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One message. `html` is safe; `raw` is the text as sent, which looks different where the html is formatted."""

    role: str
    title: str | Promise
    html: SafeString
    raw: str
    is_formatted: bool = False
    calls: Sequence[Call] = ()


@dataclass(frozen=True, kw_only=True)
class Turn:
    at: datetime
    user_text: str
    answer: Shown


@dataclass(frozen=True, kw_only=True)
class Page:
    """What `components/evidence.html` shows of one item."""

    source: Evidence
    headline: str | Promise
    facts: Sequence[str]
    folded: Sequence[Shown]
    open: Sequence[Shown]
    answer: Sequence[Shown]
    changes: Sequence[words.Change]
    kept: Shown
    later: Sequence[Turn]
    instead: Shown | None
    earlier_answer: Shown | None
    record: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """The reasons of one outcome, in the order of their keys."""

    outcome: str
    title: str | Promise
    reasons: Sequence[Reason]


def page(found: Evidence) -> Page:
    before = [message(one) for one in found.before]
    start = _first_open(before)
    return Page(
        source=found,
        headline=headline(found.signal.kind),
        facts=[sentence(fact) for fact in found.facts],
        folded=before[:start],
        open=before[start:],
        answer=[message(one) for one in found.answer],
        changes=found.changes or (),
        kept=_answer(found.final_text or ""),
        later=[_turn(one) for one in found.later if one.answer_text != found.instead],
        instead=None if found.instead is None else _answer(found.instead),
        earlier_answer=None if found.earlier_answer is None else _answer(found.earlier_answer),
        record=_record(found),
    )


def headline(kind: str) -> str | Promise:
    return HEADLINES.get(kind) or gettext("Signal: %(kind)s") % {"kind": kind}


def sentence(fact: evidence.Fact) -> str:
    """A fact in the language of the page: the template is translated, then filled."""
    return sentences.filled(gettext(sentences.SENTENCES[fact.code]), fact.figures)


def groups(reasons: Sequence[Reason]) -> list[Group]:
    """Reasons by outcome, outcomes in their fixed order, so that a key is always found in the same place."""
    by_outcome = {code: [one for one in reasons if one.outcome == code] for code in OUTCOMES}
    return [Group(outcome=code, title=OUTCOMES[code], reasons=found) for code, found in by_outcome.items() if found]


def message(sent: Message) -> Shown:
    """What a model wrote is Markdown; what a person or a tool wrote is shown as it is; program text is code."""
    role = str(sent.get("role", "user"))
    text = messages.text_of([sent])
    is_formatted = role == "assistant" and bool(text) and not looks_like_code(text)
    return Shown(
        role=role,
        title=ROLES.get(role, role),
        html=_safe(markdown.render(text)) if is_formatted else _as_it_is(text),
        raw=text,
        is_formatted=is_formatted,
        calls=_calls(sent.get("tool_calls")),
    )


def _as_it_is(text: str) -> SafeString:
    if looks_like_code(text) or _is_data(text):
        return code(_indented(text))
    return _safe(f'<p class="as-is">{_escaped(text)}</p>' if text else "")


def _is_data(text: str) -> bool:
    return text.lstrip().startswith(("{", "[")) and text.rstrip().endswith(("}", "]"))


def _indented(text: str) -> str:
    """JSON with line ends, as results and arguments of tools are read best; every other text as it is."""
    try:
        return _json(json.loads(text))
    except (ValueError, RecursionError):
        return text


def code(text: str) -> SafeString:
    return _safe(f"<pre><code>{_escaped(text)}</code></pre>")


def looks_like_code(text: str) -> bool:
    """Whether most lines read as program text; Markdown with a code block of its own does not need the guess."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or "```" in text:
        return False
    return 2 * sum(1 for line in lines if _CODE_LINE.search(line)) > len(lines)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _safe(text: str) -> SafeString:
    # Everything that comes here was sanitized by `markdown.render` or escaped one line above.
    return mark_safe(text)  # noqa: S308


def _answer(text: str) -> Shown:
    return message({"role": "assistant", "content": text})


def _turn(later: evidence.Turn) -> Turn:
    return Turn(at=later.at, user_text=later.user_text, answer=_answer(later.answer_text))


def _first_open(before: Sequence[Shown]) -> int:
    """Where the open part of the conversation begins: at the last messages that are short enough together."""
    start, room = len(before), FOLD_CHARS
    while start and len(before) - start < OPEN_MESSAGES and before[start - 1].role not in ("system", "developer"):
        room -= len(before[start - 1].raw)
        if room < 0 and start < len(before):
            break
        start -= 1
    return start


def _calls(sent: object) -> list[Call]:
    calls = sent if isinstance(sent, list) else []
    return [_call(one["function"]) for one in calls if isinstance(one, Mapping) and "function" in one]


def _call(function: Mapping[str, object]) -> Call:
    arguments = function.get("arguments", "")
    return Call(
        name=str(function.get("name", "")),
        arguments=_indented(arguments) if isinstance(arguments, str) else _json(arguments),
    )


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
    return _json({name: value for name, value in said.items() if value is not None})


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
