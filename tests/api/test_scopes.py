"""Every operation with a token of each scope, of another feature, and with none that lives: only what the table says,
and what is refused changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from annotation.models import ApiToken, Feature, User
from annotation.models.access import SCOPES
from tests import addresses, cast
from tests.cast import Machine
from tests.exports import world
from tests.recipes import world as recipes
from tests.triggers import world as triggers
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

# `elsewhere`: a token with every scope that is bound to another feature. Lists answer it too, with what is its own;
# batches refuse each record (422).
OPERATIONS = """
                                                    scope   answered elsewhere
GET   /features                                     manage  200      200
POST  /features                                     manage  201      403
PATCH /features/{slug}                              manage  200      403
GET   /queues                                       manage  200      200
POST  /queues                                       manage  201      403
PATCH /queues/{feature}/{name}                      manage  200      403
GET   /taxonomy                                     manage  200      200
POST  /interactions                                 ingest  200      422
POST  /signals                                      ingest  200      422
GET   /signals/waiting                              read    200      403
GET   /labels                                       read    200      403
POST  /labels                                       label   200      422
GET   /items                                        read    200      403
POST  /exports                                      export  202      403
GET   /exports                                      export  200      200
GET   /exports/{id}                                 export  200      404
POST  /exports/{id}/cancel                          export  409      404
POST  /exports/{id}/pin                             export  200      404
POST  /exports/{id}/unpin                           export  200      404
GET   /exports/{id}/hygiene                         export  200      404
POST  /exports/{id}/suspects                        export  202      404
GET   /exports/{id}/files/{name}                    export  200      404
GET   /exports/{id}/archive                         export  200      404
GET   /exports/{id}/difference                      export  200      404
GET   /exports/{id}/rows/{ordinal}/lineage          export  200      404
POST  /exports/{id}/remove                          export  200      404
POST  /exports/{id}/again                           export  202      404
GET   /recipes                                      export  200      200
POST  /recipes                                      export  201      403
POST  /recipes/{name}/run                           export  202      404
GET   /recipes/{name}/firings                       export  200      404
GET   /triggers                                     export  200      200
POST  /triggers                                     export  201      403
POST  /triggers/dry-run                             export  200      403
GET   /triggers/{name}/firings                      export  200      404
GET   /training-runs                                loop    200      200
POST  /training-runs                                loop    201      403
GET   /deployments                                  loop    200      200
POST  /deployments                                  loop    201      403
GET   /interactions/{feature}/{id}/closure          read    200      403
GET   /flywheel                                     read    200      403
GET   /backlog                                      read    200      403
GET   /closure                                      read    200      403
GET   /agreement                                    read    200      403
GET   /validity                                     read    200      403
GET   /loops                                        read    200      403
GET   /compounding                                  read    200      403
GET   /mended                                       read    200      403
GET   /delayed-outcomes                             read    200      403
POST  /delayed-outcomes                             manage  200      403
GET   /rewards                                      read    200      403
POST  /erasures                                     manage  200      403
GET   /metrics                                      read    200      403
POST  /otlp/v1/traces                               ingest  200      200
POST  /otlp/v1/logs                                 ingest  200      200
"""
_, *ROWS = [tuple(line.split()) for line in OPERATIONS.strip().splitlines()]
# These stand in no OpenAPI document: what they speak is set elsewhere.
OUTSIDE = {"/metrics", "/otlp/v1/traces", "/otlp/v1/logs"}

AT = "2026-03-02T09:00:00Z"
OF = "email-drafts"
LISTS = {"/features", "/taxonomy", "/exports", "/recipes", "/triggers", "/training-runs", "/deployments", "/queues"}
COUNT = {"kind": "count", "at_least": 1}


@pytest.fixture
def asked(feature: Feature, annotator: User, settings: LazySettings, tmp_path: Path) -> dict[str, Any]:
    """What stands in addresses and queries, and by address the body that is sent there: all of one feature."""
    settings.STORAGE_FOLDER = tmp_path
    item = pages.item(feature)
    pages.label(pages.sign_in(annotator), feature)
    export = world.made(feature).public_id
    recipes.told(feature)
    triggers.told(feature)
    sent = item.interaction.external_id
    labeled = {"interaction_id": sent, "signal_kind": "accepted", "source": "judge", "source_name": "j"}
    run = {"name": "r", "status": "succeeded", "exports": [export], "model_version": "m", "finished_at": AT}
    about: dict[str, dict[str, Any]] = {
        "/features": {"slug": "third"},
        "/features/{slug}": {"name": "Other"},
        "/queues": {"feature": OF, "name": "more"},
        "/queues/{feature}/{name}": {"rank": 7},
        "/interactions": {"feature": OF, "id": "new", "occurred_at": AT, "output": "Dear Ann"},
        "/signals": {"feature": OF, "interaction_id": sent, "kind": "copied", "observed_at": AT},
        "/labels": {"feature": OF, "reason": "verified", "labeled_at": AT} | labeled,
        "/exports": {"feature": OF, "format": "sft"},
        "/recipes": {"name": "mine", "request": {"feature": OF, "format": "sft"}},
        "/triggers": {"feature": OF, "name": "mine", "condition": COUNT, "recipe": "told"},
        "/triggers/dry-run": {"feature": OF, "condition": COUNT, "days": 1},
        "/training-runs": {"feature": OF} | run,
        "/deployments": {"feature": OF, "model_version": "m", "deployed_at": AT},
        "/delayed-outcomes": {"feature": OF, "name": "back", "days": 7},
        "/erasures": {"feature": OF, "interaction_id": sent},
        "/otlp/v1/traces": {},
        "/otlp/v1/logs": {},
    }
    return {"export": export, "interaction": sent, "bodies": about}


def _send(machine: Machine, method: str, path: str, asked: dict[str, Any]) -> Any:
    name = next((told for start, told in NAMES.items() if path.startswith(start)), "")
    found = asked["export"] if path.startswith("/exports") else asked["interaction"]
    address = path.format(id=found, slug=OF, feature=OF, name=name, ordinal=1)
    if path not in OUTSIDE:
        address = f"/api/v1{address}"
    if method == "GET":
        query = {} if path in LISTS or "{" in path or path == "/metrics" else {"feature": OF}
        also = {"/rewards": {"outcome": "back"}, "/exports/{id}/difference": {"to": asked["export"]}}.get(path, {})
        return machine.client.get(address, query | also)
    body = asked["bodies"].get(path)
    return machine.client.generic(method, address, _json(body), content_type="application/json")


NAMES = {"/exports": "manifest.json", "/recipes": "told", "/triggers": "told", "/queues": "default"}


def _json(body: Any) -> str:
    return "" if body is None else json.dumps(body)


def _tokens() -> Iterator[tuple[str, Machine]]:
    """Those that no operation answers, whatever it asks for."""
    ended, secret = cast.token()
    ApiToken.objects.filter(pk=ended.pk).update(revoked_at=timezone.now())
    yield "ended", Machine(secret)
    yield "expired", Machine(cast.token(expires_at=timezone.now() - timedelta(seconds=1))[1])
    yield "none", Machine()
    yield "unknown", Machine("fw_unknown")


def test_each_operation_answers_the_scope_of_the_table_alone(asked: dict[str, Any]) -> None:
    other = cast.feature("support-chat")
    dead = dict(_tokens())
    scoped = {scope: cast.machine(scope) for scope in SCOPES}
    elsewhere = cast.machine(of=other)
    before = _held()
    wrong: list[object] = []
    for method, path, scope, _, foreign in ROWS:
        told = {name: _send(machine, method, path, asked) for name, machine in (dead | scoped).items() if name != scope}
        wrong += [
            (method, path, name, one.status_code) for name, one in told.items() if name in dead and not _is_401(one)
        ]
        wrong += [
            (method, path, name, one.status_code)
            for name, one in told.items()
            if name not in dead and not _is_missing(one, path, scope)
        ]
        there = _send(elsewhere, method, path, asked)
        if there.status_code != int(foreign) or (there.status_code == 200 and _tells_of(there, asked)):
            wrong.append((method, path, "elsewhere", there.status_code, there.content[:200]))
    assert wrong == []
    assert _held() == before
    told_of = {}
    for method, path, scope, *_ in ROWS:
        answer = _send(scoped[scope], method, path, asked)
        told_of[method, path] = (answer.status_code, _text(answer)[:300])
    wanted = {(method, path): int(status) for method, path, _, status, _ in ROWS}
    assert {one: told for one, told in told_of.items() if told[0] != wanted[one]} == {}


def _held() -> dict[str, str]:
    """A token notes that it was used, whatever it was used for."""
    return {table: found for table, found in addresses.held().items() if table != "annotation_apitoken"}


def _is_401(answer: Any) -> bool:
    return bool(answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer")


def _is_missing(answer: Any, path: str, scope: str) -> bool:
    said = answer.json()
    return answer.status_code == 403 and f"“{scope}”" in (
        said["message"] if path.startswith("/otlp") else said["detail"]
    )


def _tells_of(answer: Any, asked: dict[str, Any]) -> bool:
    return any(one in _text(answer) for one in (OF, asked["export"], asked["interaction"], "Dear Ann"))


def _text(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(errors="replace")


def test_the_table_has_every_operation(db: None) -> None:
    document = Client().get("/api/v1/openapi.json").json()
    found = {
        (method.upper(), path.removeprefix("/api/v1"), operation["x-scope"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert {(method, path, scope) for method, path, scope, *_ in ROWS if path not in OUTSIDE} == found


def test_no_token_opens_a_page(feature: Feature) -> None:
    assert cast.machine().client.get("/manage/tokens/")["Location"] == "/accounts/login/?next=%2Fmanage%2Ftokens%2F"
