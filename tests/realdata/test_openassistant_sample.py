from __future__ import annotations

from collections import Counter

import pytest

from tests import realdata
from tests.realdata import Record, openassistant_sample

pytestmark = realdata.requires(openassistant_sample.FOLDER)


@pytest.fixture(scope="module")
def paths() -> list[openassistant_sample.Path]:
    return list(openassistant_sample.paths())


@pytest.fixture(scope="module")
def answers() -> list[Record]:
    return list(openassistant_sample.records())


def test_every_message_of_every_tree_is_there(paths: list[openassistant_sample.Path]) -> None:
    messages = [path[-1] for path in paths]

    assert len({path[0]["message_id"] for path in paths}) == 99
    assert Counter(one["role"] for one in messages) == {"assistant": 678, "prompter": 477}
    assert sum(one["rank"] is not None for one in messages) == 632
    assert sum(one["review_count"] > 0 for one in messages) == 1133
    assert sum(one["synthetic"] for one in messages) == 22


def test_thumbs_are_those_of_the_file(paths: list[openassistant_sample.Path], answers: list[Record]) -> None:
    all_of_them: Counter[str] = Counter()
    for path in paths:
        all_of_them.update(path[-1]["emojis"] or {})
    ours: Counter[str] = Counter()
    for one in answers:
        ours.update({signal["kind"]: signal["details"]["count"] for signal in one["signals"]})

    assert (all_of_them["+1"], all_of_them["-1"]) == (1808, 561)
    assert ours == {"thumbs_up": 845, "thumbs_down": 365}


def test_each_answer_is_a_record_with_the_path_that_leads_to_it(answers: list[Record]) -> None:
    assert len(answers) == 678
    assert all(one["input"][-1]["role"] == "user" for one in answers)
    assert {one["input"][0]["role"] for one in answers} == {"user"}
    assert Counter(one["model_version"] for one in answers) == {"human": 661, "chip20b": 17}


def test_ranked_answers_to_one_message_are_one_exposure(answers: list[Record]) -> None:
    ranked = [one["exposure"] for one in answers if "exposure" in one]

    assert len(ranked) == 632
    for name in {one["set_id"] for one in ranked}:
        ranks = [(one["rank"], one["of"]) for one in ranked if one["set_id"] == name]
        assert sorted(ranks) == [(rank, len(ranks)) for rank in range(1, len(ranks) + 1)]
