import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import messages

CALL = {"type": "function", "function": {"name": "look_up", "arguments": {"q": "a"}}}


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


def test_a_string_is_one_message_of_the_role_and_its_own_text() -> None:
    assert messages.as_messages("Hello", "user") == [{"role": "user", "content": "Hello"}]
    assert messages.text_of("Hello") == "Hello"


def test_messages_stay_as_they_are() -> None:
    sent = [{"role": "user", "content": "Hello", "name": "Ann", "extra": 1}]
    assert messages.as_messages(sent, "assistant") == sent


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hello", "Hello"),
        (None, ""),
        ([{"type": "text", "text": "One"}, {"type": "image_url", "image_url": {"url": "u"}}, "Two"], "One\n\nTwo"),
        ([{"type": "text", "content": "OpenTelemetry"}], "OpenTelemetry"),
        ([{"type": "output_text", "text": "Answer"}, {"type": "reasoning", "content": "hidden"}], "Answer"),
        ([{"type": "refusal", "refusal": "I can't"}], "I can't"),
        ([{"type": "text"}, 7, {"type": ["text"]}], ""),
    ],
)
def test_the_text_is_what_a_reader_sees(content: object, text: str) -> None:
    assert messages.text_of([{"role": "assistant", "content": content, "tool_calls": [CALL]}]) == text


def test_texts_of_messages_are_two_newlines_apart() -> None:
    sent = [
        {"role": "assistant", "content": "One"},
        {"role": "tool", "content": ""},
        {"role": "user", "content": "Two"},
    ]
    assert messages.text_of(sent) == "One\n\nTwo"
    assert messages.texts_of(sent, "user") == ["Two"]
    assert messages.texts_of("Plain", "user") == ["Plain"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        [{"role": "user", "content": ""}],
        [{"role": "assistant", "content": None, "tool_calls": [CALL]}],
        [{"role": "assistant", "tool_calls": [CALL]}],
        [{"role": "tool", "name": "look_up", "content": [{"type": "text", "text": "a"}]}],
        [{"role": "developer", "content": "Be brief."}],
    ],
)
def test_messages_of_the_known_shape_have_no_problem(value: object) -> None:
    assert messages.validate(value) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (7, "a string or a list"),
        ({"role": "user", "content": "a"}, "a string or a list"),
        ([], "no message"),
        (["a"], "message 1: it is not an object"),
        ([{"role": "user", "content": "a"}, {"role": "robot", "content": "a"}], "message 2: its role"),
        ([{"role": ["user"], "content": "a"}], "its role"),
        ([{"content": "a"}], "its role"),
        ([{"role": "user", "content": "a", "name": 1}], "its name"),
        ([{"role": "user"}], "neither content nor tool_calls"),
        ([{"role": "assistant", "content": None, "tool_calls": []}], "neither content nor tool_calls"),
        ([{"role": "user", "content": 1}], "a string or a list of parts"),
        ([{"role": "user", "content": [1]}], "each part"),
        ([{"role": "user", "content": [{"text": "a"}]}], "each part"),
        ([{"role": "assistant", "tool_calls": {}}], "must be a list"),
        ([{"role": "assistant", "tool_calls": ["a"]}], "function.name"),
        ([{"role": "assistant", "tool_calls": [{"function": {"name": 1}}]}], "function.name"),
    ],
)
def test_each_problem_is_said_in_words(value: object, problem: str) -> None:
    assert problem in (messages.validate(value) or "")


def test_nesting_is_bounded_and_looked_at_without_recursion() -> None:
    message = {"role": "user", "content": "a"}
    assert messages.validate([{**message, "extra": nested(messages.MAX_DEPTH // 2 - 1)}]) is None
    assert "nested deeper" in (messages.validate([{**message, "extra": nested(100_000)}]) or "")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "type", "text", "tool_calls", "function"]), inner)
    ),
    max_leaves=10,
)


@given(ANYTHING)
def test_no_value_is_too_strange_to_be_judged_and_read(value: object) -> None:
    assert messages.validate(value) != ""
    assert isinstance(messages.text_of(value), str)
