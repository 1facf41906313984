"""Who may call: 401 without a live token, 403 without the scope or for another feature."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import ApiToken, Feature
from tests import cast
from tests.cast import Machine


@pytest.mark.parametrize("secret", [None, "", "fw_unknown", "fw_ünknown"])
def test_without_a_known_token_it_is_401_and_says_how_to_send_one(feature: Feature, secret: str | None) -> None:
    answer = Machine(secret).get("/features")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"], problem["title"]) == (401, "unauthorized", "Unauthorized")
    assert "Authorization: Bearer" in problem["detail"]


def test_another_way_of_signing_in_is_401(feature: Feature) -> None:
    _, secret = cast.token("manage")
    answer = Client(headers={"Authorization": f"Basic {secret}"}).get("/api/v1/features")
    assert answer.status_code == 401


def test_an_expired_or_revoked_token_is_401(feature: Feature) -> None:
    _, expired = cast.token("manage", expires_at=timezone.now() - timedelta(seconds=1))
    token, revoked = cast.token("manage")
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    assert [Machine(secret).get("/features").status_code for secret in (expired, revoked)] == [401, 401]


def test_a_missing_scope_is_403_and_named(feature: Feature) -> None:
    problem = cast.machine("ingest", "read").get("/features").json()
    assert (problem["status"], problem["code"]) == (403, "missing_scope")
    assert "“manage”" in problem["detail"]


def test_a_token_of_one_feature_sees_and_touches_only_that(feature: Feature) -> None:
    other = cast.feature("support-chat")
    bound = cast.machine(of=other)
    assert [row["slug"] for row in bound.get("/features").json()["results"]] == ["support-chat"]
    assert [row["feature"] for row in bound.get("/queues").json()["results"]] == ["support-chat"]
    assert bound.get("/queues", feature=feature.slug).json()["code"] == "forbidden_feature"
    made = bound.post("/queues", {"feature": feature.slug, "name": "more"})
    assert (made.status_code, made.json()["code"]) == (403, "forbidden_feature")
    assert bound.post("/features", {"slug": "third"}).status_code == 403
