"""Schemathesis holds a real server to its own OpenAPI document: every operation, every check, every phase.

What it finds is a defect, of the server or of the document. Where a check's premise is wrong, `premises` says why.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from annotation.models import Feature, User
from tests import cast
from tests.exports import world
from tests.recipes import world as recipes
from tests.triggers import world as triggers
from tests.web import pages
from tests.web_server import WebServer
from tests.workers import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

# Too many records are too large a body (413): a schema counts them, so it takes that for a refusal of its own kind.
CONFIG = """
continue-on-failure = true
headers = {{ Authorization = "Bearer {secret}" }}

[generation]
database = "none"

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]

[dictionaries]
features = {{ values = ["email-drafts"] }}
ids = {{ values = ["{export}", "{interaction}"] }}
names = {{ values = ["told", "default", "manifest.json"] }}

# What is there, so that more than "not found" is met.
[parameters]
"path.feature" = {{ dictionary = "features", probability = 0.7 }}
"path.slug" = {{ dictionary = "features", probability = 0.7 }}
"query.feature" = {{ dictionary = "features", probability = 0.7 }}
"body.feature" = {{ dictionary = "features", probability = 0.7 }}
"path.id" = {{ dictionary = "ids", probability = 0.7 }}
"query.to" = {{ dictionary = "ids", probability = 0.7 }}
"path.name" = {{ dictionary = "names", probability = 0.7 }}
"""

# The bodies of these have most fields, and so most edges: a quarter of all. Others are tried with any values of theirs.
QUICK = """
[[operations]]
include-path = ["/api/v1/interactions", "/api/v1/labels"]
phases.coverage.enabled = false
"""


@pytest.fixture
def server(feature: Feature, annotator: User, settings: LazySettings, tmp_path: Path) -> Iterator[WebServer]:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    item = pages.item(feature)
    pages.label(pages.sign_in(annotator), feature)
    export = world.made(feature)
    recipes.told(feature)
    triggers.told(feature)
    _, secret = cast.token()
    told = {"secret": secret, "export": export.public_id, "interaction": item.interaction.external_id}
    (tmp_path / "schemathesis.toml").write_text(CONFIG.format(**told))
    with WebServer(tmp_path, workers=1, settings={"RATE_LIMIT": "0"}) as started:
        yield started


def test_every_answer_is_as_the_document_says(server: WebServer, tmp_path: Path) -> None:
    with (tmp_path / "schemathesis.toml").open("a") as config:
        config.write(QUICK)
    _prove(server, tmp_path, "--max-examples=2", "--seed=1", "--generation-deterministic", "--no-shrink")


@pytest.mark.long
@pytest.mark.parametrize("phase", ["coverage", "fuzzing", "stateful"])
def test_so_are_thousands_of_answers(server: WebServer, tmp_path: Path, phase: str) -> None:
    _prove(server, tmp_path, "--max-examples=60", f"--phases={phase}")


def _prove(server: WebServer, folder: Path, *options: str) -> None:
    tool = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(folder / "schemathesis.toml")]
    # A machine that is busy with other tests may take longer than the usual ten seconds.
    always = ["--checks=all", "--no-color", "--request-timeout=60"]
    command = [*tool, "run", f"{server.url}/api/v1/openapi.json", *always, *options]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.api.document.premises", "PYTHONPATH": str(ROOT)}
    # What it found it keeps where it runs, and tries it first the next time: here there is none.
    done = subprocess.run(command, cwd=folder, env=os.environ | hooks, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    document = Client().get("/api/v1/openapi.json").json()
    # Stateful runs go along links between operations, which not all have.
    if "--phases=stateful" not in options:
        assert _number(r"Tested: (\d+)", done.stdout) == sum(map(len, document["paths"].values()))
    assert _number(r"([\d,]+) generated", done.stdout) > 50


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, text
    return int(found[1].replace(",", ""))
