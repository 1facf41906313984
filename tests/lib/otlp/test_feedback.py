"""Which kind of signal an evaluation or annotation is."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.lib.otlp import feedback
from annotation.lib.otlp.times import rfc3339


@pytest.mark.parametrize(
    ("details", "kind"),
    [
        ({"name": "thumbs_up"}, "thumbs_up"),
        ({"name": "Thumbs Down"}, "thumbs_down"),
        ({"name": "user_feedback", "label": "thumbs-up"}, "thumbs_up"),
        ({"name": "user_feedback", "label": "👎"}, "thumbs_down"),
        ({"name": "user_feedback", "label": "positive", "score": 0}, "thumbs_up"),
        ({"name": "thumbs", "score": 1}, "thumbs_up"),
        ({"name": "thumbs", "score": 1.0}, "thumbs_up"),
        ({"name": "thumbs", "score": 0}, "thumbs_down"),
        ({"name": "user_thumb", "score": -1}, "thumbs_down"),
        ({"name": "thumbs_up", "score": 0}, "thumbs_down"),
        ({"name": "thumbs_down", "score": 1}, "thumbs_down"),
        ({"name": "thumbs_up", "annotator_kind": "HUMAN"}, "thumbs_up"),
        # In doubt nothing is made of it that it isn't.
        ({"name": "thumbs_down", "score": 0}, "evaluation"),
        ({"name": "user_feedback", "score": 3}, "user_feedback"),
        ({"name": "user_feedback", "label": "meh"}, "user_feedback"),
        ({"name": "user_feedback"}, "user_feedback"),
        ({"name": "thumbs_up", "annotator_kind": "LLM"}, "evaluation"),
        ({"name": "user_feedback", "score": 1, "annotator_kind": "CODE"}, "user_feedback"),
        ({"name": "no_signal", "score": 1}, "evaluation"),
        ({"name": "Relevance", "label": "positive", "score": 1}, "Relevance"),
        ({"name": "r" * 100}, "r" * 60),
        ({"score": 1}, "evaluation"),
        ({"name": "thumbs", "score": [1]}, "thumbs"),
    ],
    ids=str,
)
def test_thumbs_are_known_and_everything_else_keeps_its_name(details: dict[str, Any], kind: str) -> None:
    assert feedback.kind_of(details) == kind


def evaluation(at: int = 10**18, **changes: Any) -> feedback.Feedback:
    attributes = {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": 1} | changes
    found = feedback.of_event("gen_ai.evaluation.result", attributes, at)
    assert found is not None
    return found


def test_the_same_thing_sent_again_has_the_same_id_and_another_one_another() -> None:
    assert evaluation() == evaluation()
    ids = {evaluation().id, evaluation(at=2 * 10**18).id, evaluation(more=1).id}
    assert len(ids) == 3
    assert all(one is not None and one.startswith("otlp-") for one in ids)


def test_details_that_are_no_json_are_kept_all_the_same() -> None:
    attributes = {"flywheel.signal.kind": "copied", "flywheel.signal.details": "just words", "browser": "x"}
    found = feedback.of_event("flywheel.signal", attributes, 10**18)
    assert found is not None
    assert found.details == {"details": "just words", "browser": "x"}


@pytest.mark.parametrize(
    ("nanoseconds", "told"),
    [
        (1_544_712_661_000_000_001, "2018-12-13T14:51:01.000000001Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (0, None),
        (-5, None),
        (10**30, None),
    ],
)
def test_times_keep_their_last_digit_and_impossible_ones_are_none(nanoseconds: int, told: str | None) -> None:
    assert rfc3339(nanoseconds) == told
