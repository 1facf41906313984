"""What scores mean: rules that are given, the usual ones, and names of their own."""

from __future__ import annotations

import pytest

from annotation.lib.foreign import places, scores
from annotation.lib.foreign.scores import InvalidRuleError


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("user_thumb", 0, "thumbs_down"),
        ("user_thumb", 1.0, "thumbs_up"),
        ("User_Thumb", True, "thumbs_up"),
        ("feedback", "Negative", "thumbs_down"),
        ("feedback", 3, "feedback"),
        ("toxicity", 0.8, "toxicity"),
        ("", 1, "score"),
    ],
)
def test_without_rules_thumbs_are_thumbs_and_the_rest_keeps_its_name(name: str, value: object, kind: str) -> None:
    assert scores.Rules().kind(name, value) == kind


def test_rules_come_before_the_usual_ones_and_the_value_before_all_values() -> None:
    rules = scores.parse(
        ["stars:5=accepted", "stars=dismissed", "user_thumb:0=escalated", "toxicity=-"], with_default=True
    )

    assert [rules.kind("stars", value) for value in (5, 5.0, 4)] == ["accepted", "accepted", "dismissed"]
    assert rules.kind("user_thumb", 0) == "escalated"
    assert rules.kind("user_thumb", 1) == "thumbs_up"
    assert rules.kind("toxicity", 0.3) is None
    assert scores.parse([], with_default=False).kind("user_thumb", 0) == "user_thumb"


@pytest.mark.parametrize("line", ["user_thumb", "=x", "a:0=", "a:0=Thumbs Down"])
def test_what_is_no_rule_is_refused_with_one_that_is(line: str) -> None:
    with pytest.raises(InvalidRuleError, match="such as user_thumb:0=thumbs_down"):
        scores.parse([line], with_default=True)


def test_a_name_is_cut_to_what_a_kind_may_be() -> None:
    assert len(scores.Rules().kind("x" * 100, 1) or "") == scores.KIND


def test_a_field_is_named_with_a_key() -> None:
    assert places.parse(["output = my answer", ""]) == {"output": "my answer"}
    with pytest.raises(places.InvalidFieldError, match="such as output=answer"):
        places.parse(["reply=answer"])
