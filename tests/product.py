"""A product that calls a model under a real instrumentation, run in a process of its own: they patch globally.

It runs the code of docs/howto/opentelemetry.md, then sends the requests that stand on its standard input as lines of
JSON, and says on its standard output what the model answered. After each answer it sends the signal that it was copied.

    python -m tests.product (openai-v2 | openinference) <address of the model's API>
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import orjson
from openinference.instrumentation import using_attributes

HOWTO = Path(__file__).resolve().parent.parent / "docs" / "howto" / "opentelemetry.md"
MODULES = {
    "openai-v2": "opentelemetry.instrumentation.openai_v2",
    "openinference": "openinference.instrumentation.openai",
}


def main(instrumentation: str, address: str) -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", HOWTO.read_text(), flags=re.MULTILINE | re.DOTALL):
        exec(block.replace(MODULES["openai-v2"], MODULES[instrumentation]), names)
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
    for line in sys.stdin.buffer:
        sent = orjson.loads(line)
        with _attributes():
            answers = list(called(client, sent["path"], sent["request"]))
        for name, said in answers:
            print(orjson.dumps([name, said]).decode())
            names["send_signal"](name, "copied", '{"at": "once"}')
    names["spans"].shutdown()
    names["logs"].shutdown()


def _attributes() -> contextlib.AbstractContextManager[object]:
    """Session and user, where the test names them."""
    if "PRODUCT_SESSION" not in os.environ:
        return contextlib.nullcontext()
    return using_attributes(session_id=os.environ["PRODUCT_SESSION"], user_id=os.environ["PRODUCT_USER"])


def called(client: openai.OpenAI, path: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The id of the answer and its text; nothing where the model refused."""
    if path == "/v1/responses":
        answered = client.responses.create(**request)
        yield answered.id, answered.output_text
        return
    try:
        answer = client.chat.completions.create(**request)
    except openai.NotFoundError:
        return
    if not request.get("stream"):
        yield answer.id, answer.choices[0].message.content or ""
        return
    pieces = list(answer)
    yield pieces[0].id, "".join(one.delta.content or "" for piece in pieces for one in piece.choices)


if __name__ == "__main__":
    main(*sys.argv[1:])
