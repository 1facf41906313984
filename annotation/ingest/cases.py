"""An item's evidence as a judge is shown it: bounded texts, each with its title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from annotation.ingest import evidence
from annotation.ingest.evidence import Evidence
from annotation.labels.judge.case import Case, Section
from annotation.lib import messages, sentences
from annotation.lib.clipping import clipped
from annotation.lib.evidence import Fact, Turn
from annotation.lib.messages import Message
from annotation.models import Item

# Characters of each part. All of them together are about ten thousand tokens.
CONVERSATION = 10_000
MESSAGE = 3_000
ANSWER = 10_000
KEPT = 10_000
OTHER_ANSWER = 3_000
FACTS = 4_000
TURN = 1_000
DETAILS = 1_500
LATER_TURNS = 4


def of(item: Item) -> Case:
    """What is known of an item. Where its texts were erased, nothing but codes and times is left."""
    found = evidence.of(item)
    sections = [one for one in _sections(found) if one.text.strip()]
    return Case(item=item, evidence_version=found.version, sections=sections)


def _sections(found: Evidence) -> Iterator[Section]:
    yield Section(title="What the user did", text=_act(found), most=DETAILS)
    yield Section(title="What the record tells about it", text=_facts(found.facts), most=FACTS)
    yield Section(title="The conversation up to the answer", text=_conversation(found.before), most=CONVERSATION)
    yield Section(title="The answer", text=found.answer_text, most=ANSWER)
    yield Section(title="The text that the user kept", text=found.final_text or "", most=KEPT)
    yield Section(
        title="An earlier answer, which this one replaced", text=found.earlier_answer or "", most=OTHER_ANSWER
    )
    yield Section(title="The answer that was made instead of this one", text=found.instead or "", most=OTHER_ANSWER)
    yield Section(title="What came after", text=_later(found.later), most=LATER_TURNS * 2 * TURN)
    yield Section(title="What the product says about it", text=_json(found.metadata), most=DETAILS)


def _act(found: Evidence) -> str:
    details = _json(found.details)
    return f"{found.signal.kind.replace('_', ' ')}{f' {details}' if details else ''}"


def _facts(facts: Sequence[Fact]) -> str:
    return "\n".join(fact.sentence for fact in facts if fact.code in sentences.SENTENCES)


def _conversation(before: Sequence[Message]) -> str:
    """The latest messages that fit, oldest first: what is near the answer tells most about it."""
    lines: list[str] = []
    room = CONVERSATION
    for message in reversed(before):
        line = _message(message)
        room -= len(line)
        if room < 0 and lines:
            lines.append("[earlier messages are left out]")
            break
        lines.append(line)
    return "\n\n".join(reversed(lines))


def _message(message: Message) -> str:
    text = clipped(messages.text_of([message]), MESSAGE)
    calls = message.get("tool_calls")
    called = f" [calls of tools: {clipped(_json(calls), MESSAGE // 3)}]" if calls else ""
    return f"{message.get('role', 'user')}: {text}{called}"


def _later(turns: Sequence[Turn]) -> str:
    return "\n\n".join(_turn(turn) for turn in turns[:LATER_TURNS])


def _turn(turn: Turn) -> str:
    asked = f"user: {clipped(turn.user_text, TURN)}\n" if turn.user_text else ""
    return f"{asked}assistant: {clipped(turn.answer_text, TURN)}"


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() if value else ""
