"""A file that Label Studio itself exported: installed, started, fed and asked as its own users do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from annotation.models import Feature, Interaction, Signal
from tests.ports import free_port

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

PACKAGE = "label-studio==1.23.2"
PATIENCE = 300.0
TOKEN = "a" * 40
COUNT = 40
CONFIG = """
<View><Text name="q" value="$prompt"/><Text name="a" value="$answer"/>
<Choices name="tone" toName="a" choice="multiple"><Choice value="Rude"/><Choice value="Too long"/></Choices>
<Rating name="stars" toName="a"/><TextArea name="why" toName="a"/></View>
"""


def result(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"from_name": name, "to_name": "a", "type": kind, "value": value}


def task(number: int) -> dict[str, Any]:
    said = [
        result("tone", "choices", {"choices": ["Rude", "Too long"] if number % 2 else ["Rude"]}),
        result("stars", "rating", {"rating": 1 + number % 5}),
        result("why", "textarea", {"text": ["It shouts."]}),
    ]
    data = {"prompt": f"Question {number}", "answer": f"Answer {number}", "session_id": f"c{number % 4}"}
    cancelled = {"result": [], "was_cancelled": True}
    return {"data": data, "annotations": [{"result": said, "lead_time": 4.5}, *([cancelled] if number == 0 else [])]}


class LabelStudio:
    """The server of the package, in an environment and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        bin = folder / "venv" / "bin"
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        subprocess.run([bin / "pip", "install", "--quiet", PACKAGE], check=True)
        quiet = {
            "COLLECT_ANALYTICS": "false",
            "LATEST_VERSION_CHECK": "false",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
        }
        # Ours would name a database and a settings module that are none of its business.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE"))}
        account = ["--username", "ann@example.com", "--password", "correct-horse-battery", "--user-token", TOKEN]
        address = ["--no-browser", "--internal-host", "127.0.0.1", "--port", self.url.rpartition(":")[2]]
        self._log = (folder / "label-studio.log").open("wb")
        self._process = subprocess.Popen(
            [bin / "label-studio", "start", *address, *account, "--enable-legacy-api-token"],
            env=inherited | quiet | {"LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"), "DJANGO_DB": "sqlite"},
            cwd=folder,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def ask(self, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}{path}", data, headers)) as answer:
            return json.loads(answer.read() or b"null")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.ask("/api/version")
            except (OSError, urllib.error.URLError, ValueError):
                time.sleep(0.5)
            else:
                return
        raise AssertionError(f"Label Studio did not start: {Path(self._log.name).read_text()[-2000:]}")


@pytest.fixture
def exported(tmp_path: Path) -> Iterator[Path]:
    server = LabelStudio(tmp_path)
    try:
        project = server.ask("/api/projects", {"title": "answers", "label_config": CONFIG})["id"]
        server.ask(f"/api/projects/{project}/import", [task(number) for number in range(COUNT)])
        path = tmp_path / "project.json"
        path.write_text(json.dumps(server.ask(f"/api/projects/{project}/export?exportType=JSON")))
        yield path
    finally:
        server.stop()


def run(path: Path, *arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_interactions", str(path), *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_what_label_studio_exported_comes_in_whole(exported: Path, feature: Feature) -> None:
    out, err = run(exported, "--feature", feature.slug, "--map", "tone:rude=thumbs_down")

    assert "project.json: label-studio, as it looks" in err
    assert out.startswith(f"{COUNT} accepted, 0 duplicates, 0 refused\nLeft out: 1 annotations that were cancelled")
    stored = Interaction.objects.select_related("content").order_by("pk")
    assert {one.content.output for one in stored} == {f"Answer {number}" for number in range(COUNT)}
    assert {one.conversation_id for one in stored} == {"c0", "c1", "c2", "c3"}
    kinds = list(Signal.objects.values_list("kind", flat=True))
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "thumbs_down": COUNT,
        "tone": COUNT // 2,
        "stars": COUNT,
        "why": COUNT,
    }
    details = Signal.objects.filter(kind="thumbs_down").values_list("content__details", flat=True)
    assert all(one["annotator"] and one["source"] == "label-studio" and one["lead_time_s"] == 4.5 for one in details)
    assert "ann@example.com" not in str(list(details))
    assert run(exported, "--feature", feature.slug, "--map", "tone:rude=thumbs_down")[0].startswith(
        "0 accepted, 40 dup"
    )
