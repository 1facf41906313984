"""From labels to one reason."""

from __future__ import annotations

import pytest

from annotation.consensus import rule
from annotation.consensus.rule import Decision, Vote


def votes(*reasons: str) -> list[Vote]:
    return [Vote(label_id=number, reason=reason) for number, reason in enumerate(reasons, start=1)]


def decide(*reasons: str, needed: int = 1, skips: int = 0) -> Decision:
    return rule.majority(votes=votes(*reasons), needed=needed, skips=skips)


def test_one_label_decides_where_one_is_needed_and_says_nothing_of_certainty() -> None:
    assert decide("verified") == Decision(
        status="resolved", reason="verified", method="single", label_source="human", label_ids=(1,)
    )


def test_too_few_labels_leave_the_item_open() -> None:
    assert decide(needed=1).status == "open"
    assert decide("verified", needed=2).status == "open"


def test_two_that_agree_resolve_and_two_that_do_not_dispute() -> None:
    agreed = decide("verified", "verified", needed=2)
    assert (agreed.reason, agreed.method, agreed.confidence, agreed.label_ids) == ("verified", "majority", 1.0, (1, 2))
    assert decide("verified", "unread", needed=2).status == "disputed"


@pytest.mark.parametrize(
    ("reasons", "status", "confidence"),
    [
        (("a", "a", "b"), "resolved", 2 / 3),
        (("a", "b", "c"), "disputed", None),
        (("a", "a", "b", "b"), "disputed", None),
        (("a", "a", "b", "c"), "disputed", None),
        (("a", "a", "a", "b", "c"), "resolved", 0.6),
    ],
)
def test_a_majority_is_more_than_half(reasons: tuple[str, ...], status: str, confidence: float | None) -> None:
    decision = decide(*reasons, needed=3)
    assert (decision.status, decision.confidence) == (status, confidence)


def test_an_adjudicator_s_word_is_final_then_gold_s() -> None:
    gold = Vote(label_id=8, reason="unread", is_gold=True)
    word = Vote(label_id=9, reason="scaffold", is_adjudication=True)
    people = votes("verified", "verified")
    by_gold = rule.majority(votes=[*people, gold], needed=2, skips=0)
    assert (by_gold.reason, by_gold.method, by_gold.label_source) == ("unread", "gold", "gold")
    by_word = rule.majority(votes=[*people, gold, word], needed=2, skips=0)
    assert (by_word.reason, by_word.method, by_word.label_ids) == ("scaffold", "adjudicated", (9,))


def test_two_skips_resolve_what_nobody_has_labeled() -> None:
    assert decide(skips=1).status == "open"
    assert (decide(skips=2).reason, decide(skips=2).method) == ("no_context", "skipped")
    assert decide("verified", needed=2, skips=2).status == "open"
