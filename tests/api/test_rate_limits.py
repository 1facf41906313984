"""How fast a token may go: 429 with Retry-After over its limit, and no limit that costs anybody a request."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings

from annotation import access
from annotation.lib import pace
from annotation.lib.pace import Pace
from annotation.models import ApiToken, Feature, Interaction
from tests import cast
from tests.cast import Machine
from tests.ingest.sent import interaction

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limiter lets everybody go where Redis is slow, as it is at times while other tests have the machine."""
    monkeypatch.setattr(pace, "TIMEOUT_SECONDS", 10.0)
    monkeypatch.setattr(access, "pace", Pace(os.environ["REDIS_URL"]))


def limited(per_second: int | None) -> Machine:
    token, secret = cast.token()
    ApiToken.objects.filter(pk=token.pk).update(requests_per_second=per_second)
    return Machine(secret)


def statuses(machine: Machine, count: int) -> list[int]:
    return [machine.get("/features").status_code for _ in range(count)]


def asked_until_refused(ask: Callable[[int], Any]) -> tuple[list[int], Any]:
    """The statuses before, and the refusal. Ten may come at once, and one more in each second that the ten take."""
    before: list[int] = []
    for number in range(100):
        answer = ask(number)
        if answer.status_code == 429:
            return before, answer
        before.append(answer.status_code)
    raise AssertionError("nothing was refused")


def let_in(machine: Machine) -> list[int]:
    return asked_until_refused(lambda _: machine.get("/features"))[0]


def test_over_its_limit_a_token_is_refused_in_words_and_told_how_long_to_wait(feature: Feature) -> None:
    machine = limited(1)
    before, answer = asked_until_refused(lambda number: machine.post("/interactions", interaction(f"g{number}")))
    assert set(before) == {200}
    assert len(before) >= 10
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (429, 429, "rate_limited")
    assert (answer["Content-Type"], answer["Retry-After"]) == ("application/problem+json", "1")
    assert told["title"] == "Too Many Requests"
    assert "may make 1 request a second" in told["detail"]
    assert Interaction.objects.count() == len(before)


def test_who_waits_as_told_is_let_in(feature: Feature) -> None:
    machine = limited(1)
    _, answer = asked_until_refused(lambda _: machine.get("/features"))
    time.sleep(int(answer["Retry-After"]))
    assert machine.get("/features").status_code == 200


def test_the_limit_is_a_token_s_own_and_touches_no_other(feature: Feature) -> None:
    busy, calm = limited(1), limited(1)
    assert let_in(busy)
    assert statuses(calm, 1) == [200]


def test_without_its_own_the_setting_counts(feature: Feature, settings: LazySettings) -> None:
    settings.RATE_LIMIT = 1
    assert let_in(limited(None))
    assert 429 not in statuses(limited(100), 30)


def test_the_setting_0_limits_nobody_but_who_has_an_own_limit(feature: Feature, settings: LazySettings) -> None:
    settings.RATE_LIMIT = 0
    assert 429 not in statuses(limited(None), 30)
    assert let_in(limited(1))


def test_unknown_tokens_and_missing_scopes_are_told_as_such(feature: Feature) -> None:
    assert statuses(Machine("fw_unknown"), 12) == [401] * 12
    token, secret = cast.token("read")
    ApiToken.objects.filter(pk=token.pk).update(requests_per_second=1)
    # What is refused is charged all the same: a sender that is set up wrong is no reason to be busy.
    assert set(let_in(Machine(secret))) == {403}


def test_a_limiter_that_is_away_fails_nobody(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "pace", Pace(NOWHERE))
    assert statuses(limited(1), 15) == [200] * 15
