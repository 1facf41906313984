"""A text with a marker goes through every process, and stands in no log of any of them."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from annotation import access, jobs
from annotation.models import ApiToken, Export
from tests import cast
from tests.ingest.sent import interaction, signal
from tests.web_server import Visitor, WebServer
from tests.workers import Workers, until

MARKER = "wombat-in-the-pantry"

pytestmark = pytest.mark.django_db(transaction=True)


def _ask(server: WebServer, method: str, path: str, secret: str = "", body: Any = None, host: str = "") -> Any:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as client:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        headers |= {"Host": host} if host else {}
        client.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = client.getresponse()
        answer.read()
        return answer


def _lines(file: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in file.read_text().splitlines()]


def test_no_log_holds_what_people_wrote(tmp_path: Path, workers: Workers) -> None:
    feature = cast.feature()
    annotator = cast.person("anna", roles=[access.ANNOTATOR], features=[feature])
    token, secret = cast.token()
    record = interaction(MARKER, signals=[signal()]) | {
        "input": MARKER,
        "output": MARKER,
        "final_text": MARKER,
        "user_key": MARKER,
        "metadata": {"a": MARKER},
    }
    with WebServer(tmp_path, workers=1, application="tests.crashing:application") as web:
        sent = _ask(web, "POST", "/api/v1/interactions", secret, [record, {"id": MARKER}])
        assert sent.status == 200
        _ask(web, "POST", "/api/v1/interactions", secret, MARKER)
        _ask(web, "GET", f"/api/v1/interactions/email-drafts/{MARKER}/closure", secret)
        _ask(web, "GET", f"/{MARKER}/?q={MARKER}", MARKER)
        assert _ask(web, "GET", "/", host=f"{MARKER}.example").status == 400
        assert _ask(web, "POST", f"/crash/?text={MARKER}").status == 500
        tab = Visitor(web, annotator)
        assert tab.get(f"/annotate/history/?q={MARKER}").status == 200
        workers.start_worker()
        export = {"feature": "email-drafts", "format": "reasons", "container": "jsonl"}
        assert _ask(web, "POST", "/api/v1/exports", secret, export).status == 202
        until(lambda: Export.objects.get().status not in jobs.UNFINISHED)
    found = {file.stem.partition("-")[0]: _lines(file) for file in tmp_path.glob("*.log") if "worker" not in file.stem}
    (web_lines,) = found.values()
    _check_web(web_lines, token, sent.headers["X-Request-ID"])
    (worker_log,) = tmp_path.glob("worker-*.log")
    assert f'"job":"export {Export.objects.get().pk}"' in worker_log.read_text()
    assert '"task":"annotation.tasks.run_export"' in worker_log.read_text()
    for file in tmp_path.glob("*.log"):
        assert MARKER not in file.read_text()
        assert secret not in file.read_text()


def _check_web(lines: list[dict[str, Any]], token: ApiToken, request_id: str) -> None:
    (first,) = [line for line in lines if line.get("request_id") == request_id]
    assert first["message"] == "request"
    assert (first["token"], first["status"], first["method"]) == (str(token.pk), 200, "POST")
    crashed = [line for line in lines if line["level"] == "ERROR" and "exception" in line]
    assert {"builtins.RuntimeError"} <= {one for line in crashed for one in line["exception"]}
