"""From labels to one reason."""

from __future__ import annotations

from math import log

import pytest

from annotation.consensus import rule
from annotation.consensus.rule import Decision, Fit, Terms, Vote


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


EVEN = Fit(reasons=["a", "b"], log_prior=[log(0.5), log(0.5)])


def weighed(*said: tuple[str, float], known: int = 9) -> list[Vote]:
    """What people said, each with how often that person is right about either reason."""
    return [
        Vote(
            label_id=number,
            reason=reason,
            told=[log(right if reason == one else 1 - right) for one in EVEN.reasons],
            is_known=number <= known,
        )
        for number, (reason, right) in enumerate(said, start=1)
    ]


def stopping(votes: list[Vote], *, held: str | None = None, fit: Fit | None = EVEN, most: int = 5) -> Decision:
    return rule.decide(
        votes=votes, terms=Terms(needed=2, stops=True, most=most, stop_at=0.95, fit=fit), skips=0, held=held
    )


def test_an_answer_that_is_likely_enough_stops_the_asking() -> None:
    found = stopping(weighed(("a", 0.9), ("a", 0.9)))
    assert (found.status, found.reason, found.method, found.label_ids) == ("resolved", "a", "dawid_skene", (1, 2))
    assert found.confidence == pytest.approx(0.81 / 0.82)
    assert found.posterior == pytest.approx({"a": 0.81 / 0.82, "b": 0.01 / 0.82})


def test_an_answer_that_is_not_asks_for_one_more_label_up_to_the_most() -> None:
    unsure = [("a", 0.7), ("a", 0.7)]
    assert (stopping(weighed(*unsure)).status, stopping(weighed(*unsure)).asks) == ("open", 3)
    divided = [("a", 0.7), ("b", 0.7), ("a", 0.7), ("b", 0.7)]
    assert stopping(weighed(*divided)).asks == 5
    assert stopping(weighed(*divided, ("a", 0.7))).status == "disputed"
    assert stopping(weighed(*unsure), most=2).status == "disputed"


def test_one_who_is_right_weighs_more_than_two_who_are_not() -> None:
    found = stopping(weighed(("a", 0.99), ("b", 0.6), ("b", 0.6)))
    assert (found.reason, found.label_ids) == ("a", (1,))


def test_nobody_s_reason_is_never_the_answer() -> None:
    """Two who are wrong nine times in ten: what neither said is likelier, and a person has to say so."""
    assert (stopping(weighed(("a", 0.1), ("a", 0.1))).status, stopping(weighed(("a", 0.1), ("a", 0.1))).asks) == (
        "open",
        3,
    )


def test_what_is_resolved_stays_so_while_it_is_likelier_than_all_else() -> None:
    votes = weighed(("a", 0.7), ("a", 0.7))
    assert stopping(votes, held="a").status == "resolved"
    assert stopping(votes, held="b").status == "open"
    assert stopping(weighed(("a", 0.4), ("a", 0.4)), held="a").status == "open"


def test_where_most_who_said_something_are_unknown_a_vote_decides() -> None:
    both = weighed(("a", 0.6), ("a", 0.6), known=0)
    assert stopping(both).method == "majority"
    assert stopping(weighed(("a", 0.99), ("a", 0.6), known=1)).method == "dawid_skene"
    new = [*weighed(("a", 0.9)), Vote(label_id=2, reason="c", is_known=True)]
    assert stopping(new).asks == 3


@pytest.mark.parametrize(
    ("said", "status", "asks"),
    [
        ("aa", "resolved", 0),
        ("ab", "open", 3),
        ("aab", "open", 4),
        ("aaab", "resolved", 0),
        ("aabb", "open", 5),
        ("aabbc", "disputed", 0),
        ("aabba", "resolved", 0),
    ],
)
def test_a_vote_stops_once_the_rest_cannot_turn_it(said: str, status: str, asks: int) -> None:
    found = stopping(votes(*said), fit=None)
    assert (found.status, found.asks) == (status, asks)
    assert found.method == ("majority" if status == "resolved" else "")
