"""From the page that says how to send to the first record: every example is run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotation.models import Feature, Interaction, Signal, User
from tests import cast
from tests.browser import fixtures, looks
from tests.web_server import Visitor, WebServer

pytestmark = pytest.mark.django_db(transaction=True)

CONNECT = "/insights/connect/"
SENTENCE = "It works: a record has arrived."
KEPT = "Dear Ann, our meeting moves to Friday."

Run = Callable[[str, dict[str, str]], str]


def _shell(text: str, environment: dict[str, str]) -> str:
    return _ran(["bash", "-euo", "pipefail", "-c", text], environment)


def _python(text: str, environment: dict[str, str]) -> str:
    return _ran([sys.executable, "-I", "-c", text], environment)


def _ran(command: list[str], environment: dict[str, str]) -> str:
    ran = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


# By the name of the example. JavaScript is run in a browser, below.
RUN: dict[str, Run] = {"curl": _shell, "python": _python}


@pytest.fixture
def server(engineer: User, tmp_path: Path) -> Iterator[WebServer]:
    with WebServer(tmp_path, workers=1) as started:
        yield started


@pytest.mark.parametrize("name", RUN)
def test_an_example_sends_a_record_and_a_signal_and_the_page_turns_green(
    name: str, server: WebServer, engineer: User
) -> None:
    visitor = Visitor(server, engineer)
    before = visitor.get(CONNECT).text
    page = visitor.post(f"{CONNECT}token/", {}).text
    assert SENTENCE not in before + page
    RUN[name](_example(page, name), {})
    assert _sent().content.final_text == KEPT
    assert SENTENCE in visitor.get(_asks(page)).text


@pytest.mark.parametrize("name", RUN)
def test_an_example_finds_a_token_that_one_has_already(name: str, server: WebServer, engineer: User) -> None:
    page = Visitor(server, engineer).get(CONNECT).text
    RUN[name](_example(page, name), {"FLYWHEEL_TOKEN": cast.token("ingest")[1]})
    assert _sent().content.final_text == KEPT


# A product that is instrumented: one call of a model, and what the user did about it.
PRODUCT = """
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

spans, logs = TracerProvider(), LoggerProvider()
spans.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
logs.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter()))
said = '[{"role": "assistant", "parts": [{"type": "text", "content": "Dear Ann"}]}]'
call = {"gen_ai.operation.name": "chat", "gen_ai.output.messages": said}
with spans.get_tracer("product").start_as_current_span("chat", attributes=call):
    signal = LogRecord(event_name="flywheel.signal", attributes={"flywheel.signal.kind": "thumbs_up"})
    logs.get_logger("product").emit(signal)
"""


@pytest.mark.parametrize("makes_token", [True, False])
def test_a_product_that_is_instrumented_needs_the_variables_alone(
    makes_token: bool, server: WebServer, engineer: User
) -> None:
    visitor = Visitor(server, engineer)
    page = visitor.get(CONNECT).text
    page = visitor.post(f"{CONNECT}token/", {}).text if makes_token else page
    own = {} if makes_token else {"FLYWHEEL_TOKEN": cast.token("ingest")[1]}
    _shell(f'{_example(page, "opentelemetry")}\n{sys.executable} -c "$PRODUCT"', own | {"PRODUCT": PRODUCT})
    assert _sent().content.output == [{"role": "assistant", "content": "Dear Ann"}]
    assert SENTENCE in visitor.get(_asks(page)).text


def test_the_first_feature_is_made_as_the_page_says(tmp_path: Path, transactional_db: None) -> None:
    admin = cast.person("ada", roles=["admin"])
    with WebServer(tmp_path, workers=1) as server:
        visitor = Visitor(server, admin)
        _shell(_example(visitor.get(CONNECT).text, "feature"), {"FLYWHEEL_TOKEN": cast.token("manage")[1]})
        assert Feature.objects.get().name == "Email drafts"
        assert "Waiting for the first record." in visitor.get(CONNECT).text


def test_a_page_that_is_open_turns_green_by_itself(server: WebServer, engineer: User, chromium: Browser) -> None:
    """With JavaScript's example, run in the page: no other origin may send, and this one has the same `fetch`."""
    context = chromium.new_context(base_url=server.url, permissions=["clipboard-read", "clipboard-write"])
    fixtures.sign_in(context, engineer, host="127.0.0.1")
    page = context.new_page()
    page.goto(CONNECT)
    looks.check(page)
    page.get_by_role("button", name="Make a token").press("Enter")
    expect(page.get_by_text("Waiting for the first record.")).to_be_visible()
    looks.check(page)
    page.evaluate(f"async () => {{ {_copied(page)} }}")
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    assert _sent().content.final_text == KEPT
    # What made it green left the token on the page.
    assert page.get_by_label("Token", exact=True).input_value().startswith("fw_")
    looks.check(page)
    context.close()


def _copied(page: Page) -> str:
    """What the button beside JavaScript's example copies, pressed by a key."""
    button = page.get_by_role("button", name="Copy JavaScript")
    button.press("Enter")
    expect(page.get_by_role("button", name="Copied JavaScript")).to_be_focused()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == page.locator("#javascript-text").inner_text()
    return str(copied)


def _example(page: str, name: str) -> str:
    found = re.search(rf'<code id="{name}-text">(.*?)</code>', page, re.DOTALL)
    assert found
    return unescape(found[1])


def _asks(page: str) -> str:
    found = re.search(r'id="arrivals"[^>]* hx-get="([^"]+)"', page)
    assert found
    return unescape(found[1])


def _sent() -> Interaction:
    """The one interaction that was sent, with its one signal."""
    (signal,) = Signal.objects.filter(kind="thumbs_up")
    sent = Interaction.objects.select_related("content", "feature").get()
    assert (signal.interaction, sent.feature.slug) == (sent, "email-drafts")
    return sent
