from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

import pytest

from tests import realdata
from tests.realdata import Record, realhumaneval

pytestmark = realdata.requires(realhumaneval.FOLDER)

COPIED_FROM_AND_TURNS = {
    "GPT-3.5 (chat)": (112, 305),
    "GPT-4o (chat)": (105, 280),
    "CodeLlama7b (chat)": (81, 243),
    "CodeLlama34b (chat)": (64, 227),
}


@pytest.fixture(scope="module")
def turns() -> list[Record]:
    return list(realhumaneval.records())


def test_every_turn_of_every_programmer_is_there(turns: list[Record]) -> None:
    assert len(turns) == 1055
    assert len({turn["user_key"] for turn in turns}) == 107
    assert len({turn["metadata"]["task"] for turn in turns}) == 17


def test_each_copy_event_is_one_signal_and_turns_without_one_have_none(turns: list[Record]) -> None:
    signals = [signal for turn in turns for signal in turn["signals"]]

    assert sum(bool(turn["signals"]) for turn in turns) == 362
    assert Counter(signal["kind"] for signal in signals) == {"copied": 494}
    assert Counter(signal["details"]["type"] for signal in signals) == {"copy_chat": 330, "copy_button": 164}


def test_the_copied_text_is_part_of_the_answer(turns: list[Record]) -> None:
    assert all(signal["details"]["text"] in turn["output"] for turn in turns for signal in turn["signals"])


def test_models_are_copied_from_as_often_as_published(turns: list[Record]) -> None:
    shown = Counter(turn["model_version"] for turn in turns)
    copied = Counter(turn["model_version"] for turn in turns if turn["signals"])

    assert {model: (copied[model], shown[model]) for model in shown} == COPIED_FROM_AND_TURNS


def test_the_last_message_is_the_request_and_only_two_turns_have_lost_it(turns: list[Record]) -> None:
    asked = [turn for turn in turns if "input" in turn]

    assert len(turns) - len(asked) == 2
    assert {turn["input"][-1]["role"] for turn in asked} == {"user"}


def test_each_programmer_starts_at_the_stated_time_and_their_turns_follow_in_order(turns: list[Record]) -> None:
    times = defaultdict(list)
    for turn in turns:
        times[turn["user_key"]].append(datetime.fromisoformat(turn["occurred_at"]))

    assert {min(moments) for moments in times.values()} == {realhumaneval.CLOCK_START}
    assert all(moments == sorted(moments) for moments in times.values())
