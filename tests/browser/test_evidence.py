"""Evidence of every form in a real browser: read by keyboard alone, wide and narrow, light and dark."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from annotation.models import Feature, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

WIDE_LINE = f"value = {{{', '.join(repr(f'key {number}') for number in range(40))}}}"
ROW = "| " + " | ".join(f"a longer cell {number}" for number in range(12)) + " |\n"
ANSWER = f"""## Steps

We ship the order on Monday, as you had asked us to.

The invoice follows by mail within two weeks from today, or sooner if you call.

```python
{WIDE_LINE}
```

{ROW}{"|---" * 12}|
{ROW}
- نعم، شكرا
- 好的

![a cat](https://pictures.example/cat.png)
"""
CALL = {"id": "c1", "function": {"name": "look_up", "arguments": json.dumps({"rows": [{"id": n} for n in range(60)]})}}
INPUT: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    *({"role": "user", "content": f"question {number}"} for number in range(60)),
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": json.dumps([{"stock": number} for number in range(200)])},
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}]},
]


def _moved(answer: str) -> str:
    first, second = answer.split("\n\n")[1:3]
    return answer.replace(f"{first}\n\n{second}", f"{second}\n\n{first}").replace("Monday", "Tuesday")


def test_evidence_of_every_form_is_read_by_keyboard_alone(feature: Feature, annotator: User, visit: Visit) -> None:
    final = _moved(ANSWER) + " word" * 1500
    pages.item(feature, kind="edited", input=INPUT, output=ANSWER + " word" * 2000, final_text=final)
    page = visit(pages.desk(feature), annotator)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    _open_by_keyboard(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    looks.check(page)
    hosts = {request.url.split("/")[2] for request in asked if not request.url.startswith("data:")}
    assert hosts <= {page.url.split("/")[2]}, "nothing is loaded from elsewhere"


def _open_by_keyboard(page: Page) -> None:
    page.locator("summary", has_text="earlier messages").press("Enter")
    expect(page.get_by_text("question 3", exact=True)).to_have_count(0)
    for _ in range(3):
        link = page.locator("a[data-part]")
        if not link.count():
            break
        link.press("Enter")
        expect(page.locator(".part:focus")).to_be_attached()
    expect(page.get_by_text("question 3", exact=True)).to_be_visible()
    expect(page.locator("#work")).to_have_attribute("data-item", page.locator("#work").get_attribute("data-item") or "")


def test_wide_code_scrolls_in_its_own_frame_by_keyboard(feature: Feature, annotator: User, visit: Visit) -> None:
    pages.item(feature, output=ANSWER)
    page = visit(pages.desk(feature), annotator)
    frame = page.locator(".code-block pre")
    frame.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    # As a function: an expression would be evaluated at each look, which the page's policy forbids after the first one.
    page.wait_for_function("() => document.querySelector('.code-block pre').scrollLeft > 0")
