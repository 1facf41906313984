"""Who may do what, by three accounts of it that must agree: the page that people read, what each address enforces, and
the table that is walked (`test_security_headers`, `api.test_scopes`). And no form or query reaches what is another
feature's."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from annotation import access
from annotation.models import Feature, Item, User
from flywheel_app import config
from tests import addresses, cast
from tests.api import test_scopes
from tests.labels import world as reviews
from tests.web import pages

TABLES = (config.ROOT / "docs/reference/permissions.md").read_text()


def _roles() -> dict[str, tuple[str, ...]]:
    """By the name of its address, whom a page lets in; nobody in particular: everybody who is signed in."""
    found = {str(pattern.name): getattr(pattern.callback, "roles", None) for _, pattern in addresses.patterns()}
    return {name: roles for name, roles in found.items() if roles is not None}


# Of allauth's pages, those that the walk meets closed: they ask for the password anew, or wait for a setting.
BEHIND_A_QUESTION = {
    "mfa_authenticate": "who is signing in",
    "sso_callback": "everybody, where single sign-on is set up",
    "sso_login": "everybody, where single sign-on is set up",
}


def _who(name: str) -> str:
    if name.startswith(("mfa_", "sso_")):
        return BEHIND_A_QUESTION.get(name, "everybody who is signed in")
    row = next(statuses for _, known, *statuses in addresses.ROWS if known == name)
    told = dict(zip(addresses.HEAD, row, strict=True))
    roles = _roles().get(name)
    if roles is not None:
        who = ", ".join(roles) if roles else "everybody who is signed in"
        return f"{who}; of their features" if told["outsider"] == "404" != told["admin"] else who
    if scope := next((scope for _, path, scope, *_ in test_scopes.ROWS if path == f"/{_written(name)}"), ""):
        return f"a token with `{scope}`"
    if len(set(row)) == 1:
        return "everybody" if row[0] in ("200", "503") else "nobody"
    return "everybody who is signed in" if told["visitor"] == "302" else "everybody"


def _written(name: str) -> str:
    return next(address for address, pattern in addresses.patterns() if pattern.name == name).lstrip("/")


def lines() -> list[str]:
    """The rows of both tables of docs/reference/permissions.md, as they have to be."""
    names = dict.fromkeys(name for _, name, *_ in addresses.ROWS)
    methods = {name: [method for method, known, *_ in addresses.ROWS if known == name] for name in names}
    pages_of = [f"| `/{_written(name)}` | {', '.join(methods[name])} | {_who(name)} |" for name in names]
    return [
        *pages_of,
        *(
            f"| `{method} /api/v1{path}` | `{scope}` |"
            for method, path, scope, *_ in test_scopes.ROWS
            if path not in test_scopes.OUTSIDE
        ),
    ]


def test_the_page_of_permissions_says_what_the_addresses_enforce() -> None:
    assert [line for line in TABLES.splitlines() if line.startswith("| `")] == lines()


def test_what_is_walked_is_what_the_pages_enforce() -> None:
    """An outsider has every role but admin, in another feature."""
    has = {
        "stranger": set(),
        "outsider": {access.ANNOTATOR, access.ADJUDICATOR, access.ENGINEER},
        "annotator": {access.ANNOTATOR},
        "adjudicator": {access.ANNOTATOR, access.ADJUDICATOR},
        "engineer": {access.ENGINEER},
        "admin": {access.ADMIN},
    }
    wrong: list[tuple[str, ...]] = []
    for method, name, *row in addresses.ROWS:
        told, roles = dict(zip(addresses.HEAD, row, strict=True)), _roles().get(name)
        if roles is None:
            continue
        wanted = {who: not roles or access.ADMIN in own or bool(own & set(roles)) for who, own in has.items()}
        wrong += [(method, name, who) for who, lets in wanted.items() if (told[who] != "403") != lets]
        wrong += [(method, name)] * (told["visitor"] != ("302" if method == "GET" else "401"))
    assert wrong == []


# What a form needs besides, for it to be taken of who may: each is sent by a member first.
FORMS = {
    "ask_dataset": {"seed": "77", "train": "1", "validation": "0", "test": "0", "override": "why not"},
    "connect_token": {},
    "count_dataset": {"seed": "77", "train": "1", "validation": "0", "test": "0"},
    "judge_pair": {"said": "same"},
    "new_recipe": {
        "name": "mine",
        "seed": "77",
        "train": "1",
        "validation": "0",
        "test": "0",
        "hour": "3",
        "weekday": "0",
        "day": "1",
    },
    "new_trigger": {"name": "mine", "at_least": "3", "webhook": "https://hooks.example.com/x", "cooldown_hours": "24"},
    "send_back": {"note": "Look again."},
    "settle": {"reason": "verified"},
}
SHARED = {"format": "sft", "container": "jsonl", "group_by": "conversation", "split_by": "group", "purpose": "training"}


@pytest.mark.django_db(transaction=True)
def test_no_form_and_no_query_reaches_another_feature(
    feature: Feature, annotator: User, settings: LazySettings, tmp_path: Path
) -> None:
    settings.STORAGE_FOLDER = tmp_path
    filled = addresses.filled(feature, annotator, tmp_path)
    disputed = reviews.disputed(feature, 3, 4)
    roles = [access.ANNOTATOR, access.ADJUDICATOR, access.ENGINEER]
    outsider = pages.sign_in(cast.person("otto", roles=roles, features=[cast.feature("support-chat")]))
    member = pages.sign_in(cast.person("mia", roles=roles, features=[feature]))
    for one in (outsider, member):
        assert one.get("/annotate/mended/").status_code == 200
    named = _names(feature, disputed, filled)
    before = addresses.held()
    told = {name: _post(outsider, name, named) for name in FORMS}
    seen = {
        name: outsider.get(reverse(name), named) for method, name, *_ in addresses.ROWS if _takes_query(method, name)
    }
    # Whose figures are asked for, the form says beside the figures, whatever is chosen.
    assert {name for name, one in told.items() if one.status_code not in (403, 404, 422)} == {"count_dataset"}
    assert "Select a valid choice" in pages.text(told["count_dataset"])
    assert [name for name, one in (told | seen).items() if one.status_code == 200 and _tells(one, filled)] == []
    assert len(seen) > 25
    assert addresses.held() == before
    taken = {name: _post(member, name, named) for name in FORMS}
    assert {name: pages.words(one) for name, one in taken.items() if one.status_code not in (200, 302, 409)} == {}


def _names(feature: Feature, disputed: Item, filled: addresses.Parts) -> dict[str, Any]:
    """Everything of the feature by which a form or query could name it."""
    own = {name: value for parts in filled.values() for name, value in parts.items()}
    label = reviews.said(disputed, 3)
    return (
        own | {"feature": feature.slug, "item": disputed.public_id, "label": label.pk, "queue": own["queue"]} | SHARED
    )


def _post(client: Client, name: str, named: dict[str, Any]) -> Any:
    sent = named | {"submission_id": str(uuid4()), "key": str(uuid4()), "schedule": "daily"} | FORMS[name]
    if name == "new_trigger":
        sent |= {"recipe": "", "days": "30", "reasons": ["verified"]}
    if name == "judge_pair":
        sent |= {"item": named["pair"]}
    return client.post(f"{reverse(name)}?feature={named['feature']}", sent)


def _takes_query(method: str, name: str) -> bool:
    return method == "GET" and name in _roles() and addresses.parts(name) == ()


def _tells(answer: Any, filled: addresses.Parts) -> bool:
    """Whether it has a word of the feature's own: its content, or an id that only its members see in a link."""
    export = filled["export",]["export"]
    body = b"".join(answer.streaming_content).decode() if answer.streaming else pages.text(answer)
    return any(f"/{one}/" in body for one in (export, filled["item",]["item"])) or "Dear Ann" in body
