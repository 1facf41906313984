"""How fast a token may go: 429 with Retry-After over its limit, and no limit that costs anybody a request."""

from __future__ import annotations

import time

import pytest
from django.conf import LazySettings

from annotation import access
from annotation.lib.pace import Pace
from annotation.models import ApiToken, Feature, Interaction
from tests import cast
from tests.cast import Machine
from tests.ingest.sent import interaction

NOWHERE = "redis://127.0.0.1:9/0"


def limited(per_second: int | None) -> Machine:
    token, secret = cast.token()
    ApiToken.objects.filter(pk=token.pk).update(requests_per_second=per_second)
    return Machine(secret)


def statuses(machine: Machine, count: int) -> list[int]:
    return [machine.get("/features").status_code for _ in range(count)]


def test_over_its_limit_a_token_is_refused_in_words_and_told_how_long_to_wait(feature: Feature) -> None:
    machine = limited(1)
    assert statuses(machine, 10) == [200] * 10
    answer = machine.post("/interactions", interaction())
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (429, 429, "rate_limited")
    assert (answer["Content-Type"], answer["Retry-After"]) == ("application/problem+json", "1")
    assert told["title"] == "Too Many Requests"
    assert "may make 1 request a second" in told["detail"]
    assert not Interaction.objects.exists()


def test_who_waits_as_told_is_let_in(feature: Feature) -> None:
    machine = limited(1)
    statuses(machine, 10)
    answer = machine.get("/features")
    assert answer.status_code == 429
    time.sleep(int(answer["Retry-After"]))
    assert machine.get("/features").status_code == 200


def test_the_limit_is_a_token_s_own_and_touches_no_other(feature: Feature) -> None:
    busy, calm = limited(1), limited(1)
    assert statuses(busy, 11)[-1] == 429
    assert statuses(calm, 1) == [200]


def test_without_its_own_the_setting_counts(feature: Feature, settings: LazySettings) -> None:
    settings.RATE_LIMIT = 1
    assert statuses(limited(None), 11)[-1] == 429
    assert 429 not in statuses(limited(100), 30)


def test_the_setting_0_limits_nobody_but_who_has_an_own_limit(feature: Feature, settings: LazySettings) -> None:
    settings.RATE_LIMIT = 0
    assert 429 not in statuses(limited(None), 30)
    assert statuses(limited(1), 11)[-1] == 429


def test_unknown_tokens_and_missing_scopes_are_told_as_such(feature: Feature) -> None:
    assert statuses(Machine("fw_unknown"), 12) == [401] * 12
    token, secret = cast.token("read")
    ApiToken.objects.filter(pk=token.pk).update(requests_per_second=1)
    # What is refused is charged all the same: a sender that is set up wrong is no reason to be busy.
    assert statuses(Machine(secret), 11) == [403] * 10 + [429]


def test_a_limiter_that_is_away_fails_nobody(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "pace", Pace(NOWHERE))
    assert statuses(limited(1), 15) == [200] * 15
