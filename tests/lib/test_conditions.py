"""Conditions of rules: what they may read, how they compare, and that nothing hostile gets in or costs more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.lib import conditions
from annotation.lib.conditions import Case, InvalidConditionError, fields

CASE = Case(
    signal_kind="accepted",
    conversation_rank=2,
    model_version="drafts-7",
    answer="Dear Ann, thank you for the letter that you have sent. " * 4,
    facts=[
        ["accepted_after", {"after": 1.6, "reading": 12.0, "rate": 200}],
        ["comment", {"quote": "the user's words"}],
        ["changed", {"share": 0.25, "removed": 3, "added": 4, "edit_rate": 0.3}],
    ],
    details={"dwell_ms": 1600, "note": "words", "deep": {"a": 1}},
    metadata={"tenant": "Straße 1", "tier": 3, "is_paid": True, "list": [1], "long": "a" * 1_000_000},
)


def line(field: str, comparison: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "comparison": comparison} | ({} if value is None else {"value": value})


def holds(*lines: dict[str, Any], of: str = "all") -> bool:
    return conditions.holds(conditions.parse({of: list(lines)}), CASE)


def refused(value: object) -> str:
    with pytest.raises(InvalidConditionError) as told:
        conditions.parse(value)
    return str(told.value)


@pytest.mark.parametrize(
    ("field", "comparison", "value", "wanted"),
    [
        ("signal.kind", "equals", "accepted", True),
        ("signal.kind", "equals", "Accepted", False),
        ("signal.kind", "one_of", ["edited", "accepted"], True),
        ("signal.derived_by", "is_missing", None, True),
        ("signal.after_seconds", "at_most", 2, True),
        ("signal.share_of_reading", "at_most", 0.2, True),
        ("signal.share_of_reading", "at_least", 0.2, False),
        ("answer.words", "between", [43, 45], True),
        ("answer.words", "between", [1, 43], False),
        ("answer.characters", "equals", 220, True),
        ("answer.language", "equals", "en", True),
        ("conversation.rank", "equals", 2, True),
        ("model.version", "starts_with", "DRAFTS-", True),
        ("evidence.changed.share", "equals", 0.25, True),
        ("evidence.changed", "equals", True, True),
        ("evidence.came_back", "equals", True, False),
        ("evidence.came_back", "is_missing", None, True),
        ("evidence.came_back.after", "at_most", 10, False),
        ("details.dwell_ms", "at_least", 1600, True),
        ("details.note", "is_missing", None, True),
        ("details.deep", "is_missing", None, True),
        ("metadata.tenant", "contains", "STRASSE", True),
        ("metadata.tenant", "equals", "straße 1", False),
        ("metadata.tier", "equals", "3", True),
        ("metadata.tier", "at_least", 3, True),
        ("metadata.tier", "contains", "3", False),
        ("metadata.is_paid", "equals", True, True),
        ("metadata.is_paid", "equals", "true", True),
        ("metadata.is_paid", "at_least", 1, False),
        ("metadata.list", "is_missing", None, True),
        ("metadata.nobody", "equals", "x", False),
    ],
)
def test_each_comparison_as_people_would_read_it(field: str, comparison: str, value: Any, wanted: bool) -> None:
    assert holds(line(field, comparison, value)) is wanted


def test_all_any_and_groups_within_groups() -> None:
    yes, no = line("signal.kind", "equals", "accepted"), line("signal.kind", "equals", "edited")
    assert holds(yes, {"any": [no, {"all": [yes, yes]}]})
    assert not holds(yes, {"any": [no, {"all": [yes, no]}]})
    assert holds(no, yes, of="any")
    condition = conditions.parse({"all": [yes, {"any": [no, {"all": [yes]}]}]})
    assert conditions.parse(conditions.dump(condition)) == condition
    assert conditions.fields_of(condition) == ["signal.kind"]


@pytest.mark.parametrize(
    "field",
    [
        *("user_hash", "interaction.user_hash", "signal.user_hash", "user_key", "token", "token_hash", "feature.slug"),
        *("evidence.comment.quote", "evidence.derived.rule", "evidence.nothing", "evidence.changed.", "evidence."),
        *("metadata.", "details.", "metadata", "signal.kind.x", "answer", "answer.text", "__class__", "facts", ""),
        *("metadata" * 40, "signal.kind'; DROP TABLE annotation_item; --", "SIGNAL.KIND", " signal.kind"),
    ],
)
def test_what_is_not_on_the_list_is_no_field(field: str) -> None:
    assert conditions.kind_of(field) is None
    assert "no field" in refused({"all": [line(field, "equals", "x")]}) or len(field) > conditions.MAX_TEXT


def test_names_of_metadata_are_names_and_no_paths() -> None:
    """Whatever they look like: SQL, JSON paths, attributes."""
    for name in ("a.b", "$.a", "a' OR '1'='1", "__class__.__mro__", "{x}", "%(x)s", "..", "a[0]"):
        case = Case(signal_kind="a", metadata={"a": {"b": "x"}, "x": "x"})
        condition = conditions.parse({"any": [line(f"metadata.{name}", "contains", "x")]})
        assert not conditions.holds(condition, case)
        itself = Case(signal_kind="a", metadata={name: "x"})
        assert conditions.holds(condition, itself)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "either “all” or “any”"),
        ({"all": [], "any": []}, "empty"),
        ({"all": [line("signal.kind", "equals", "x")], "any": [line("signal.kind", "equals", "x")]}, "either"),
        ({"all": [line("signal.kind", "matches", "(a+)+$")]}, "all[0].comparison: must be one of"),
        ({"all": [line("answer.words", "at_most", "9")]}, "all[0]: it needs a number"),
        ({"all": [line("answer.words", "contains", "9")]}, "only texts"),
        ({"all": [line("signal.kind", "at_least", 1)]}, "only numbers"),
        ({"all": [line("answer.words", "between", [2, 1])]}, "the lower number comes first"),
        ({"all": [line("answer.words", "between", [1])]}, "two numbers"),
        ({"all": [line("answer.words", "is_missing", 1)]}, "no value"),
        ({"all": [line("evidence.changed", "equals", "x")]}, "yes"),
        ({"all": [line("signal.kind", "contains", " ")]}, "a text to look for"),
        ({"all": [line("signal.kind", "one_of", [])]}, "a list of 1 to 50"),
        ({"all": [line("signal.kind", "one_of", ["x"] * 51)]}, "a list of 1 to 50"),
        ({"all": [line("answer.words", "at_most", float("nan"))]}, "numbers lie between"),
        ({"all": [line("answer.words", "at_most", float("inf"))]}, "numbers lie between"),
        ({"all": [line("answer.words", "at_most", 10**400)]}, "numbers lie between"),
        ({"all": [line("answer.words", "at_most", True)]}, "it needs a number"),
        ({"all": [line("metadata.a", "equals", {"$gt": ""})]}, "all[0].value: must be a text"),
        ({"all": [line("metadata.a", "equals", "a\x00b")]}, "all[0].value: holds a control character"),
        ({"all": [line("metadata.a\x00", "equals", "a")]}, "all[0].field: holds a control character"),
        ({"all": [line("metadata.a", "equals", "\ud800")]}, "half of a character"),
        ({"all": [line("metadata.a", "equals", "a" * 201)]}, "all[0].value: has 201 characters"),
        ({"all": [line("signal.kind", "equals", "x")] * 41}, "40"),
        ({"all": [{"any": [line("signal.kind", "equals", "x")] * 30}] * 2}, "has 60 lines"),
        ({"all": [line("signal.kind", "equals", "x") | {"or": 1}]}, "all[0].or: is nothing that is known here"),
        ("x", "must be an object"),
    ],
)
def test_what_is_refused_says_where_and_what(value: object, said: str) -> None:
    assert said in refused(value)


def test_what_is_huge_or_deep_is_refused_at_once() -> None:
    deep: Any = line("signal.kind", "equals", "x")
    for _ in range(50_000):
        deep = {"all": [deep]}
    four = {"all": [{"all": [{"all": [{"all": [line("signal.kind", "equals", "x")]}]}]}]}
    wide = {"all": [line("signal.kind", "one_of", ["x"] * 300_000)]}
    many = {f"key{number}": 1 for number in range(100_000)}
    for value in (deep, four, wide, many, {"all": ["x" * 5_000_000]}):
        assert "too large" in refused(value) or "characters" in refused(value)
    for text in ("[" * 30_000, '{"all":' * 3_000, "x" * 5_000_000, '{"all": ["\\ud800"]}', "NaN"):
        with pytest.raises(InvalidConditionError):
            conditions.loads(text)
    while isinstance(deep, dict) and "all" in deep:  # taken apart here: what frees it must not recurse either
        deep = deep["all"].pop()


HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=300)
    | st.sampled_from(
        ["all", "any", "field", "comparison", "value", "answer.words", "at_most", "metadata.x", "user_hash"]
    ),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["all", "any", "field", "comparison", "value", "x", "\x00"]), inner, max_size=4
        )
    ),
    max_leaves=30,
)


@given(HOSTILE)
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent_is_taken_or_refused_and_what_is_taken_reads_the_list_alone(value: object) -> None:
    try:
        condition = conditions.parse(value)
    except InvalidConditionError:
        return
    assert all(conditions.kind_of(field) is not None for field in conditions.fields_of(condition))
    assert conditions.parse(json.loads(json.dumps(conditions.dump(condition)))) == condition
    assert conditions.holds(condition, CASE) in (True, False)


SENT = st.dictionaries(
    st.text(max_size=8), st.text() | st.floats() | st.integers() | st.booleans() | st.none(), max_size=5
)
FIELDS = st.sampled_from(
    [*conditions.FIXED, "metadata.x", "details.x", *(f"evidence.{code}" for code in conditions.EVIDENCE)]
)
LINES = st.one_of(
    st.builds(line, st.sampled_from(["metadata.x", "model.version"]), st.just("contains"), st.text("ab ", min_size=1)),
    st.builds(line, st.sampled_from(["metadata.x", "answer.words"]), st.just("at_most"), st.integers(-9, 9)),
    st.builds(line, FIELDS, st.just("is_missing")),
)


@given(st.lists(LINES, min_size=1, max_size=5), SENT, st.lists(st.lists(st.none() | st.text() | SENT, max_size=3)))
@settings(max_examples=300, deadline=None)
def test_whatever_the_evidence_holds_a_condition_has_an_answer(
    lines: list[dict[str, Any]], sent: dict[str, Any], facts: list[list[Any]]
) -> None:
    try:
        condition = conditions.parse({"any": lines})
    except InvalidConditionError:
        return
    case = Case(signal_kind="edited", answer=str(sent), facts=facts, details=sent, metadata=sent | {"x": "a\ud800"})
    told = [conditions.holds(conditions.parse({"all": [one]}), case) for one in lines]
    assert conditions.holds(condition, case) is any(told)


def test_of_a_long_text_only_its_first_characters_are_compared() -> None:
    case = Case(signal_kind="a", metadata={"x": "a" * fields.MAX_READ + "b"})
    assert conditions.read(case, "metadata.x") == "a" * fields.MAX_READ
    assert not conditions.holds(conditions.parse({"any": [line("metadata.x", "contains", "b")]}), case)
