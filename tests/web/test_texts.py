"""How texts are shown: Markdown as it is meant, code and data as they are, what is long folded with its length."""

from __future__ import annotations

import json
import time

import pytest

from annotation.lib.messages import Message
from annotation.web import texts


@pytest.mark.parametrize(
    "text",
    [
        "    if rate < 0:\n        raise ValueError('negative')\n    return net * (1 + rate)",
        "  return items.reduce((sum, item) => sum + item.price, 0);\n}",
        "SELECT name\nFROM venues\nWHERE id = 7;",
    ],
)
def test_program_text_is_recognized(text: str) -> None:
    assert texts.looks_like_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dear Ann,\n\nthank you for the report. It helps a lot.\n\nBest,\nBen",
        "1. Open the page.\n2. Press **Save**.\n\nThat is all.",
        "Use this:\n\n```python\nprint(1)\n```",
        "مرحبا بك في المتجر",
    ],
)
def test_prose_and_markdown_are_not_taken_for_code(text: str) -> None:
    assert not texts.looks_like_code(text)


def test_a_models_markdown_is_formatted_and_a_users_text_is_as_typed() -> None:
    model = texts.message({"role": "assistant", "content": "**yes**"})
    user = texts.message({"role": "user", "content": "**yes** <b>"})
    assert ("<strong>yes</strong>" in model.html, model.is_formatted) == (True, True)
    assert ("**yes** &lt;b&gt;" in user.html, user.is_formatted) == (True, False)


def test_data_of_a_tool_is_indented_and_broken_data_is_as_it_came() -> None:
    whole = texts.message({"role": "tool", "content": '{"a":[1]}'})
    broken = texts.message({"role": "tool", "content": "{broken}"})
    deep = texts.message({"role": "tool", "content": "[" * 100_000 + "]" * 100_000})
    assert '{\n  "a": [\n    1\n  ]\n}' in whole.html.replace("&quot;", '"')
    assert "{broken}" in broken.html
    assert "[[[[" in deep.html


def test_arguments_of_a_tool_call_that_are_no_json_are_shown_as_they_came() -> None:
    called: Message = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{oops"}}]}
    (call,) = texts.message(called).calls
    assert (call.name, call.arguments) == ("f", "{oops")


@pytest.mark.parametrize("role", ["user", "assistant", "tool"])
def test_a_long_text_is_folded_and_says_how_much_of_it(role: str) -> None:
    text = "\n\n".join(f"Paragraph {number} says what it says." for number in range(300))
    found = texts.message({"role": role, "content": text}).text
    assert found.hidden > len(text) / 2
    assert "Paragraph 0 " in found.html
    assert "Paragraph 299 " in found.rest
    assert "Paragraph 299 " not in found.html
    assert found.omitted == 0


def test_a_short_text_is_whole() -> None:
    found = texts.message({"role": "assistant", "content": "word " * 500}).text
    assert (found.rest, found.hidden) == ("", 0)


def test_a_block_of_code_that_is_folded_goes_on_as_code() -> None:
    lines = "\n".join(f"print({number})" for number in range(2_000))
    found = texts.message({"role": "assistant", "content": f"Use this:\n\n```python\n{lines}\n```\n\nDone."}).text
    for part in (found.html, found.rest):
        assert '<code class="language-python">' in part
        assert "```" not in part
    assert '<p dir="auto">Done.</p>' in found.rest


def test_the_text_of_a_book_is_cut_and_what_is_missing_is_counted() -> None:
    found = texts.message({"role": "user", "content": "word " * 200_000}).text
    assert found.omitted > 800_000
    assert len(found.html) + len(found.rest) < 150_000


def test_a_tools_result_is_named_by_the_call_that_it_answers() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": {"a": [1, "é"]}}}
    sent: list[Message] = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "17"},
        {"role": "tool", "tool_call_id": "other", "name": "named", "content": "18"},
        {"role": "tool", "content": "19"},
    ]
    called, *results = texts.listed(sent)
    assert json.loads(called.calls[0].arguments) == {"a": [1, "é"]}
    assert [str(one.title) for one in results] == [
        "Result of a tool: look_up",
        "Result of a tool: named",
        "Result of a tool",
    ]


def test_long_arguments_of_a_call_are_folded() -> None:
    arguments = json.dumps({"rows": list(range(2_000))})
    called: Message = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}
    (call,) = texts.message(called).calls
    assert call.text.hidden > 5_000
    assert "1999" in call.text.rest


def test_images_and_files_are_links_or_words_and_never_loaded() -> None:
    parts = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AAAA"}},
        {"type": "uri", "modality": "audio", "uri": "https://sounds.example/a.wav"},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "AAAA"}},
        {"type": "image_url", "image_url": {"url": "javascript:alert(1)"}},
        {"type": "something_new"},
        {"type": "image_url", "image_url": {"url": "https://[broken"}},
    ]
    found = texts.message({"role": "user", "content": parts})
    assert [(one.kind, one.url, one.about) for one in found.attachments] == [
        ("image", "https://pictures.example/a.png", "pictures.example"),
        ("image", "", "image/png"),
        ("image", "", "image/jpeg"),
        ("audio", "https://sounds.example/a.wav", "sounds.example"),
        ("file", "", "a.pdf"),
        ("image", "", ""),
        ("something_new", "", ""),
        ("image", "https://[broken", ""),
    ]
    assert "<img" not in found.html


def test_the_text_as_sent_is_offered_where_formatting_may_hide_something() -> None:
    offered = {text: texts.message({"role": "assistant", "content": text}).shows_raw for text in ("plain", "a *b*")}
    assert offered == {"plain": False, "a *b*": True}


def test_two_hundred_long_messages_are_ready_at_once() -> None:
    one = "Some *text* with `code`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    started = time.process_time()
    texts.listed([{"role": "assistant", "content": one * 100}] * 30)
    assert time.process_time() - started < 5
