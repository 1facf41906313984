"""Real instrumentations and real exporters send to a real server, from the code that the documentation shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from annotation.ingest import identity
from annotation.lib import messages
from annotation.models import Interaction, PartialCall, ResponseId, Signal, WaitingSignal
from tests import cast, exchanges, realdata
from tests.api.test_otlp_recorded import plain
from tests.exchanges import Exchange
from tests.web_server import WebServer
from tests.workers import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), realdata.requires(exchanges.FOLDER)]

NEWEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}
MODES: dict[str, tuple[str, dict[str, str]]] = {
    "default": ("openai-v2", {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}),
    "on-spans": ("openai-v2", NEWEST | {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "span_only"}),
    "on-events": ("openai-v2", NEWEST | {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "event_only"}),
    "on-both": ("openai-v2", NEWEST | {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "span_and_event"}),
    "openinference": ("openinference", {}),
}


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[WebServer]:
    with WebServer(tmp_path, workers=2) as started:
        yield started


def run(server: WebServer, mode: str, calls: list[Exchange], secret: str) -> list[list[str]]:
    """Let the product make these calls; what it was answered."""
    instrumentation, settings = MODES[mode]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OTEL_")},
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{server.url}/otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer {secret}",
        "OTEL_RESOURCE_ATTRIBUTES": f"service.name=shop,flywheel.feature={mode},flywheel.model_version=shop-7",
        **settings,
    }
    with exchanges.served(calls) as address:
        done = subprocess.run(
            [sys.executable, "-m", "tests.product", instrumentation, address],
            input=b"".join(orjson.dumps({"path": one.path, "request": one.request}) + b"\n" for one in calls),
            env=environment,
            cwd=ROOT,
            capture_output=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert b"Failed to export" not in done.stderr, done.stderr.decode()[-3000:]
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def test_every_instrumentation_s_calls_and_signals_arrive_whole(server: WebServer) -> None:
    """One start of a server for all of them, since a start takes seconds."""
    _, secret = cast.token("ingest")
    recorded = exchanges.read("test_chat_completion")
    for mode in MODES:
        cast.feature(mode)
        chats = [one.again(mode) for one in recorded]
        answered = dict(run(server, mode, chats, secret))
        assert len(answered) == len(chats) - 1
        assert_arrived(mode, [one for one in chats if one.response_id], answered)
    assert not WaitingSignal.objects.exists()
    # The call that was answered with 404 has no answer to wait for, however its conventions tell of it.
    assert not PartialCall.objects.filter(stored_at=None, has_output=True).exists()


def assert_arrived(mode: str, recorded: list[Exchange], answered: dict[str, str]) -> None:
    stored = ResponseId.objects.filter(feature__slug=mode).select_related("interaction__content")
    by_response = {one.response_id: one.interaction for one in stored}
    assert by_response.keys() == answered.keys()
    for exchange in recorded:
        one = by_response[str(exchange.response_id)]
        assert (one.model_version, one.request_model) == ("shop-7", exchange.request["model"])
        assert [plain(said) for said in one.content.input or []] == [plain(said) for said in exchange.asked()]
        assert messages.text_of(one.content.output) == answered[str(exchange.response_id)]
        if not exchange.request.get("stream"):
            said = [*one.content.output, *one.content.metadata.get("other_choices", [])]
            assert [plain(message) for message in said] == [plain(message) for message in exchange.answered()]
        signal = Signal.objects.get(interaction=one)
        assert (signal.kind, signal.content.details["at"]) == ("copied", "once")


def test_the_responses_api_under_openinference(server: WebServer) -> None:
    """Of the two instrumentations this one alone knows it."""
    cast.feature("openinference")
    calls = exchanges.read("test_responses")
    answered = run(server, "openinference", calls, cast.token("ingest")[1])
    stored = Interaction.objects.order_by("occurred_at").select_related("content")
    assert [messages.text_of(one.content.output) for one in stored] == [text for _, text in answered]
    first, second = stored
    assert [(said["role"], said["content"]) for said in first.content.input or []] == [
        ("system", "You are a helpful assistant."),
        ("user", "Say this is a test"),
    ]
    assert second.content.output[0]["tool_calls"][0]["function"]["name"]
    assert Signal.objects.count() == 2


def test_a_user_is_known_by_a_hash_alone_and_a_conversation_by_its_id(server: WebServer) -> None:
    """What OpenInference's own helper puts on every span inside it."""
    feature = cast.feature("openinference")
    _, secret = cast.token("ingest", of=feature)
    (call,) = exchanges.read("test_chat_completion_with_content")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODUCT_SESSION", "c7")
        patch.setenv("PRODUCT_USER", "u-19")
        run(server, "openinference", [call], secret)
    one = Interaction.objects.get()
    assert one.conversation_id == "c7"
    assert bytes(one.user_hash or b"") == identity.user_hash(feature="openinference", user_key="u-19")
    assert "u-19" not in str(one.content.metadata)
