"""The standing cast: the people and the machines of all tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from django.contrib.auth.hashers import make_password
from django.test import Client

from annotation import access, audit, taxonomy
from annotation.models import ApiToken, Feature, User
from annotation.models.access import SCOPES
from annotation.queues import setup

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


def feature(slug: str = "email-drafts", **spec: Any) -> Feature:
    """A feature with its default queue, in an installation whose taxonomy is published."""
    taxonomy.publish_default(now=NOW)
    made, _ = setup.create_feature(spec=setup.FeatureSpec(slug=slug, **spec), actor=audit.FLYWHEEL, now=NOW)
    return made


def person(name: str, *, roles: Iterable[str] = (), features: Iterable[Feature] = ()) -> User:
    """An account `<name>@example.com` with these roles and memberships."""
    user = User.objects.create(email=f"{name}@example.com", password=_hashed(PASSWORD), name=name.capitalize())
    access.give(user=user, roles=roles, features=features, actor=audit.FLYWHEEL, now=NOW)
    return user


@cache
def _hashed(password: str) -> str:
    """By the hasher of production, which takes a third of a second on purpose: once for everybody of a run."""
    return make_password(password)


def token(*scopes: str, of: Feature | None = None, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A token with these scopes (none named: all), and its secret."""
    return access.create_token(
        name="machine", scopes=scopes or SCOPES, feature=of, expires_at=expires_at, actor=audit.FLYWHEEL, now=NOW
    )


class Machine:
    """Speaks to the API with a token, as a sender would."""

    def __init__(self, secret: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.client = Client(headers=headers)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}" if path.startswith("/") else path, query)

    def post(self, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> Any:
        """Send a value as JSON, or `raw` bytes as they are; headers as `content_encoding="gzip"`."""
        content_type = headers.pop("content_type", "application/json")
        data = orjson.dumps(body) if raw is None else raw
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1{path}", data, content_type=content_type, headers=named)

    def patch(self, path: str, body: Any) -> Any:
        return self.client.patch(f"/api/v1{path}", orjson.dumps(body), content_type="application/json")


def machine(*scopes: str, of: Feature | None = None) -> Machine:
    return Machine(token(*scopes, of=of)[1])
