from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from tests import realdata
from tests.realdata import Record, coderec_copilot_telemetry

pytestmark = realdata.requires(coderec_copilot_telemetry.FOLDER)


@pytest.fixture(scope="module")
def suggestions() -> list[Record]:
    return list(coderec_copilot_telemetry.records())


def test_every_event_belongs_to_one_suggestion(suggestions: list[Record]) -> None:
    events: Counter[str] = Counter()
    for suggestion in suggestions:
        events.update(suggestion["metadata"]["events"])

    assert events == {"Shown": 1150, "Replay": 1239, "Accepted": 386, "Rejected": 710, "Browsing": 5}


def test_each_suggestion_shown_is_a_record_and_one_was_shown_before_its_log_began(suggestions: list[Record]) -> None:
    shown = [suggestion["metadata"]["events"].get("Shown", 0) for suggestion in suggestions]

    assert Counter(shown) == {1: 1150, 0: 1}
    assert len({suggestion["conversation_id"] for suggestion in suggestions}) == 21


def test_each_decision_is_one_signal(suggestions: list[Record]) -> None:
    kinds = Counter(signal["kind"] for suggestion in suggestions for signal in suggestion["signals"])

    assert kinds == {"accepted": 386, "dismissed": 710}
    assert round(kinds["accepted"] / kinds.total(), 3) == 0.352
    assert max(len(suggestion["signals"]) for suggestion in suggestions) == 1


def test_only_suggestions_without_a_decision_lack_their_prompt(suggestions: list[Record]) -> None:
    without_prompt = [suggestion for suggestion in suggestions if "input" not in suggestion]

    assert len(without_prompt) == 49
    assert not any(suggestion["signals"] for suggestion in without_prompt)
    assert [suggestion["id"] for suggestion in suggestions if suggestion.get("input") == ""] == ["copilot-17-0"]


def test_the_output_is_what_was_decided_about_and_what_was_browsed_past_is_kept(suggestions: list[Record]) -> None:
    browsed = [suggestion for suggestion in suggestions if "Browsing" in suggestion["metadata"]["events"]]

    assert browsed == [suggestion for suggestion in suggestions if "browsed_past" in suggestion["metadata"]]
    assert len(browsed) == 5
    assert browsed[0]["metadata"]["browsed_past"] == ["ata(X_train, X_test):\n"]
    assert browsed[0]["output"].startswith("ata(X):\n    for i in range(len(X)):\n")


def test_the_dwell_ends_at_the_decision_and_begins_once_it_was_shown(suggestions: list[Record]) -> None:
    rounding = timedelta(milliseconds=7)
    for suggestion in suggestions:
        shown_at = datetime.fromisoformat(suggestion["occurred_at"])
        for signal in suggestion["signals"]:
            dwell = timedelta(milliseconds=signal["details"]["since_last_displayed_ms"])
            assert timedelta(0) < dwell <= datetime.fromisoformat(signal["observed_at"]) - shown_at + rounding


def test_accepted_code_says_how_much_of_it_changed_later(suggestions: list[Record]) -> None:
    signals = [signal for suggestion in suggestions for signal in suggestion["signals"]]
    edits = [signal["details"].get("edit_percentages") for signal in signals]

    assert [bool(edit) for edit in edits] == [signal["kind"] == "accepted" for signal in signals]
    assert sum(any(edit or ()) for edit in edits) == 159
    assert all(0 <= share <= 1 for edit in edits for share in edit or ())
    assert all(signal["details"]["labeled_state"] for signal in signals)
