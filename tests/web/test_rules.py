"""`/manage/rules/`: a rule is written in lines, tried, switched, run over past items; hostile forms are refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.labels.rules import accuracy, backfill, sweep
from annotation.models import Feature, Label, Reason, Rule, RuleRun, RuleVersion, User
from tests.cast import NOW
from tests.labels import world as people
from tests.labels.rules import world
from tests.web import pages
from tests.web.pages import words

pytestmark = pytest.mark.django_db

LIST = "/manage/rules/"


@pytest.fixture
def client(admin: User) -> Client:
    return pages.sign_in(admin)


def reason(code: str = "unread") -> int:
    return Reason.objects.get(signal_kind="accepted", code=code).pk


def typed(*every: tuple[str, str, str], some: tuple[tuple[str, str, str], ...] = (), **sent: Any) -> dict[str, Any]:
    """What the form sends, with an empty line after those that are filled in."""
    lines = {
        f"{part}-{name}": [line[place] for line in [*of_part, ("", "equals", "")]]
        for part, of_part in (("every", every), ("some", some))
        for place, name in enumerate(("field", "comparison", "value"))
    }
    return {"name": "too-fast", "reason": reason(), "confidence": "", "written": "", **lines} | sent


FAST = ("details.dwell_ms", "at_most", "2000")


def test_a_rule_is_written_tried_switched_on_run_and_switched_off(client: Client, feature: Feature) -> None:
    for item, said in zip(world.items(feature, 100, 200, 9000), ("unread", "verified", "verified"), strict=True):
        people.label(item, said, by=1)
    assert "No rule yet" in words(client.get(LIST))
    some = (("metadata.tenant", "is_missing", ""), ("model.version", "one_of", "drafts-1, drafts-2"))
    answer = client.post(f"{LIST}new/", typed(FAST, some=some, confidence="0.8"))
    version = RuleVersion.objects.get()
    assert answer.headers["Location"] == f"{LIST}{version.rule_id}/"
    assert version.condition == {
        "all": [
            {"field": "details.dwell_ms", "comparison": "at_most", "value": 2000},
            {
                "any": [
                    {"field": "metadata.tenant", "comparison": "is_missing"},
                    {"field": "model.version", "comparison": "one_of", "value": ["drafts-1", "drafts-2"]},
                ]
            },
        ]
    }
    at = f"{LIST}{version.rule_id}/"
    page = words(client.get(at))
    assert "All of these hold: details.dwell_ms is at most 2000 At least one of these holds:" in page
    assert "It can be switched on once it was tried." in page
    assert "This version was not tried yet" in words(client.post(f"{at}on/", {"version": 1}))

    page = words(client.post(f"{at}try/", follow=True))
    assert "It would label 2 of the latest 3 items of its kind." in page
    assert "People said the same 1 of 2. A share is said from 20 on." in page
    assert "It finds what people found 1 of 1." in page
    assert "People said otherwise: 1 to look at" in page
    assert "details.dwell_ms 200" in page
    assert "there is a newer version" in words(client.post(f"{at}on/", {"version": 2}, follow=True))
    page = words(client.post(f"{at}on/", {"version": 1}, follow=True))
    assert "on: version 1" in page
    assert "Since it was switched on it has labeled 0 new items." in page

    client.post(f"{at}run/")
    assert "Waiting" in words(client.get(at))
    run = RuleRun.objects.get()
    assert client.get(f"{at}?seen=", headers=pages.SCRIPT).status_code == 200
    backfill_now(run)
    assert "The last run is done: version 1 looked at 3 items and labeled 2." in words(client.get(at))
    page = words(client.post(f"{at}off/", follow=True))
    assert "The rule is off. What it has labeled stays." in page
    assert Label.objects.filter(rater=version.rater).count() == 2


def backfill_now(run: RuleRun) -> None:
    """As a worker does, in the test's own transaction."""
    RuleRun.objects.filter(pk=run.pk).update(status="running", attempt=1, started_at=timezone.now())
    run.refresh_from_db()
    backfill._work(run, 1, timezone.now)


def test_the_list_says_how_often_each_was_right(
    client: Client, feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = world.written(feature)
    world.on(version)
    new = world.items(feature, 100, 100, now=NOW + timedelta(minutes=1))
    sweep.new_items(now=NOW + timedelta(hours=1))
    people.label(new[0], "unread", by=1)
    assert "2 labeled since; 1 right of 1 that people decided." in words(client.get(LIST))
    monkeypatch.setattr(accuracy, "MIN_JUDGED", 1)
    monkeypatch.setattr("annotation.web.rules.loading.MIN_JUDGED", 1)
    assert "100 % right (likely 21\u2013100 %) of 1 that people decided since" in words(client.get(LIST))
    assert "1 of 1: 100 % (likely 21\u2013100 %)." in words(client.get(f"{LIST}{version.rule_id}/"))


def test_another_condition_is_a_new_version_and_the_form_shows_the_latest(client: Client, feature: Feature) -> None:
    version = world.written(feature)
    at = f"{LIST}{version.rule_id}/change/"
    page = pages.text(client.get(at))
    assert 'name="every-value" value="2000"' in page
    nested = {"any": [{"all": [{"any": [{"field": "answer.words", "comparison": "between", "value": [1, 2]}]}]}]}
    answer = client.post(at, typed(written=json.dumps(nested)), follow=True)
    assert "This is version 2." in words(answer)
    assert "answer.words is between 1 and 2" in words(answer)
    page = pages.text(client.get(at))
    assert '"comparison": "between"' in page
    assert RuleVersion.objects.count() == 2
    client.post(at, typed(written=json.dumps(nested)))
    assert RuleVersion.objects.count() == 2


def test_without_scripts_lines_are_added_and_what_was_typed_stays(client: Client, feature: Feature) -> None:
    page = pages.text(client.post(f"{LIST}new/", typed(FAST, more="every")))
    assert page.count('name="every-field"') == 4
    assert 'value="details.dwell_ms"' in page
    assert "Nothing was kept" not in page
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "The condition: write at least one line."),
        ((("", "equals", "x"),), "Say what is compared: choose a field."),
        ((("user_hash", "equals", "x"),), "There is no field “user_hash”: choose one of the list."),
        ((("answer.words", "at_most", "many"),), "It needs a number."),
        ((("answer.words", "at_most", "1e999"),), "Numbers lie between"),
        ((("answer.words", "between", "5"),), "It needs two numbers, the lower one first."),
        ((("answer.words", "is_missing", "5"),), "It takes no value."),
        ((("model.version", "matches", "(a+)+$"),), "Must be one of"),
        ((("metadata.x", "equals", "a" * 300),), "Has 300 characters; at most 200 are taken."),
        ((FAST,) * 41, None),
    ],
)
def test_what_is_wrong_stands_at_its_line(
    lines: tuple[tuple[str, str, str], ...], said: str | None, client: Client, feature: Feature
) -> None:
    answer = client.post(f"{LIST}new/", typed(*lines))
    if said is None:  # no more lines are read than can be taken
        assert answer.status_code == 302
        return
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    "written",
    [
        "{",
        "[" * 20_000,
        '{"all":' * 1000 + "1" + "}" * 1000,
        '{"all": [{"field": "metadata.x", "comparison": "equals", "value": "\\ud800"}]}',
        '{"all": [{"field": "metadata.x", "comparison": "equals", "value": "\\u0000"}]}',
        '{"all": [{"field": "answer.words", "comparison": "at_most", "value": 1e999}]}',
        '{"all": [{"field": "answer.words", "comparison": "at_most", "value": %s}]}' % ("9" * 5000),
        '{"all": [{"field": "token_hash", "comparison": "is_missing"}]}',
        "x" * 100_000,
    ],
)
def test_a_hostile_condition_as_json_is_refused_in_words(written: str, client: Client, feature: Feature) -> None:
    answer = client.post(f"{LIST}new/", typed(written=written))
    assert answer.status_code == 422
    assert "Nothing was kept." in words(answer)
    assert not Rule.objects.exists()


HOSTILE = st.text(st.characters(), max_size=250) | st.sampled_from(
    [
        "' OR 1=1 --",
        "$.**",
        "metadata.a'; DROP TABLE annotation_rule; --",
        "%s",
        "{0.__class__}",
        "9" * 400,
        "-inf",
        "nan",
    ]
)


@given(name=HOSTILE, value=HOSTILE, written=st.just("") | HOSTILE)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_form_holds_it_is_kept_or_refused(
    client: Client, feature: Feature, name: str, value: str, written: str
) -> None:
    field, value, written = (one.encode("utf-8", "replace").decode() for one in (f"metadata.{name}", value, written))
    own = f"rule-{Rule.objects.count()}"
    answer = client.post(f"{LIST}new/", typed((field, "equals", value), written=written, name=own))
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        assert client.post(f"{answer.headers['Location']}try/").status_code == 302
        assert client.get(answer.headers["Location"]).status_code == 200


def test_a_name_that_is_taken_and_a_reason_of_nowhere_are_refused_at_their_fields(
    client: Client, feature: Feature
) -> None:
    world.written(feature)
    answer = client.post(f"{LIST}new/", typed(FAST))
    assert answer.status_code == 422
    assert "This feature has a rule named too-fast." in words(answer)
    assert "Select a valid choice" in words(client.post(f"{LIST}new/", typed(FAST, name="b", reason="0")))
    assert Rule.objects.count() == 1
