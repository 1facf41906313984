"""The one JSON object in what a model wrote; of anything else, nothing."""

from __future__ import annotations

import pytest

from annotation.lib import chat_json

OBJECT = {"reason": "verified", "confidence": 0.5}
JSON = '{"reason": "verified", "confidence": 0.5}'


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"  \n{JSON}\n",
        f"```json\n{JSON}\n```",
        f"Here is my answer:\n{JSON}\nI hope that helps.",
        f'<think>maybe {{"reason": "unread"}}</think>\n{JSON}',
        f"{JSON} (a brace {{ that begins nothing)",
    ],
)
def test_it_is_found(text: str) -> None:
    assert chat_json.found(text) == OBJECT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "verified",
        JSON[:-1],
        f"{JSON} or else {JSON}",
        f"{{x}} {JSON}",
        '{"reason": "verified", "reason": "unread"}',
        '{"reason": "verified", "confidence": NaN}',
        '{"a": ' * 100_000,
        " " * chat_json.LONGEST + JSON,
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    assert chat_json.found(text) is None
