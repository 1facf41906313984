"""docs/howto/recipes.md says what is so: its request is taken, and its code checks a real message."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.exports.series import since
from annotation.models import Feature, Webhook
from annotation.webhooks import deliveries, endpoint, signing
from flywheel_app.config import ROOT
from tests.cast import Machine

TEXT = (ROOT / "docs/howto/recipes.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.S)
    assert found is not None
    return found[1]


@pytest.mark.django_db(transaction=True)
def test_its_recipe_is_saved_as_it_stands(
    machine: Machine, feature: Feature, settings: LazySettings, tmp_path: Path
) -> None:
    answer = machine.post("/recipes", json.loads(block("json")))
    assert answer.status_code == 201
    assert answer.json()["secret"] == endpoint.secret(Webhook.objects.get())


def test_its_code_takes_what_is_signed_and_nothing_else() -> None:
    known: dict[str, Any] = {}
    exec(block("python"), known)
    secret = signing.secret(key=b"k" * 32, webhook="whk_1", number=1)
    now, body = datetime.fromtimestamp(time.time(), UTC), b'{"type":"export.done"}'
    headers = signing.headers(secret=secret, message="msg_1", at=now, body=body)
    assert known["is_ours"](secret, headers, body)
    assert not known["is_ours"](secret, headers, body + b" ")
    assert not known["is_ours"](signing.secret(key=b"k" * 32, webhook="whk_1", number=2), headers, body)
    assert not known["is_ours"](secret, headers | {"webhook-timestamp": str(int(time.time()) - 301)}, body)


def test_its_figures_are_those_of_the_code() -> None:
    assert [wait.total_seconds() for wait in deliveries.WAITS] == [5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600]
    assert "5 s, 5 min, 30 min, 2, 5 and 10 hours" in TEXT
    assert f"the first {since.NAMED:,}" in TEXT
    assert set(re.findall(r"`([a-z_]+)`(?=[,` …)])", TEXT.partition("with why (")[2].partition(")")[0])) <= set(
        since.WHY
    )
