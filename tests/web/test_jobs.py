"""`/manage/jobs/`: what is under way, failed and ended, whoever asked for it; ended and done again from there."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from annotation import audit, jobs
from annotation.labels.rules import backfill, labeling, switch
from annotation.models import (
    Alarm,
    Alert,
    AuditEvent,
    Delivery,
    Erasure,
    Export,
    Feature,
    Import,
    ItemMove,
    Job,
    Label,
    Queue,
    Redecision,
    Rewriting,
    RuleRun,
    User,
)
from annotation.operations import joblist
from annotation.tasks import JOBS
from annotation.web.jobs import words
from tests import stock
from tests.exports import world as exports
from tests.labels.rules import world as rules
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/manage/jobs/"


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.fixture
def client(admin: User) -> Client:
    return pages.sign_in(admin)


def shown(client: Client, **query: str) -> str:
    """The list's text, without tags."""
    text = pages.text(client.get(PAGE, query))
    return " ".join(re.sub(r"<[^>]+>", " ", text[text.index('id="live"') :]).split())


def verb(kind: str, job: Job, verb: str) -> str:
    return f"{PAGE}{kind}/{job.pk}/{verb}/"


def halfway(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> RuleRun:
    """A rule's run that failed in its second batch."""
    rules.items(feature, *[100] * 5)
    made = backfill.start(rule=rules.on(rules.written(feature)), **rules.BY)
    label, calls = labeling.label, iter([True])

    def once(**batch: Any) -> int:
        if next(calls, False):
            return label(**batch)
        raise RuntimeError("the disk of the moon")

    with monkeypatch.context() as patch:
        patch.setattr(backfill, "BATCH", 2)
        patch.setattr(labeling, "label", once)
        backfill.run(run_id=made.pk, by="test", clock=timezone.now)
    made.refresh_from_db()
    assert (made.status, made.items_done) == (Job.Status.FAILED, 2)
    return made


def test_every_kind_of_job_stands_there_with_a_name_of_its_own() -> None:
    assert {kind.model for kind in joblist.KINDS.values()} == set(JOBS)
    assert words.TITLES.keys() == joblist.KINDS.keys()


def test_what_is_under_way_is_said_with_its_pace_and_who_asked(client: Client, feature: Feature, admin: User) -> None:
    now = timezone.now()
    asked = exports.asked(feature)
    Export.objects.filter(pk=asked.pk).update(
        status="running", attempt=1, heartbeat_at=now, rows_total=400, rows_done=100, requested_by=admin,
        started_at=now - timedelta(seconds=11), exported_at=now - timedelta(seconds=10),
    )  # fmt: skip
    Erasure.objects.create(
        feature=feature, subject="user", subject_hash=b"1", first_asked_at=now, asked_at=now, touched_at=now
    )
    Redecision.objects.create(rater=stock.rater(), since=now, items_total=5, created_at=now)
    text = shown(client)
    assert re.search(rf"dataset {asked.public_id}, sft, {feature.name} running", text)
    assert re.search(r"100 of 400 rows\. [\d.]+ a second, about \d+ s left\.", text)
    assert f"UTC , {admin} Cancel dataset" in text
    assert "erasure" in text
    assert "items decided anew" in text
    assert "Flywheel itself" in text
    assert "dataset" not in shown(client, kind="redecision")
    assert client.get(PAGE, {"seen": "other"}, headers=pages.SCRIPT).status_code == 200
    Export.objects.filter(pk=asked.pk).update(status="pending")
    seen = client.get(PAGE).context["seen"]
    assert client.get(PAGE, {"seen": seen}, headers=pages.SCRIPT).status_code == 204


def test_a_failed_one_goes_on_where_it_stopped(
    client: Client, feature: Feature, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = halfway(feature, monkeypatch)
    before = set(Label.objects.values_list("pk", flat=True))
    assert len(before) == 2
    text = shown(client, state="failed")
    assert "rule over past items too-fast v1" in text
    assert "Flywheel failed at labeling these items (RuntimeError)" in text
    assert client.post(verb("rulerun", run, "again")).status_code == 302
    run.refresh_from_db()
    assert (run.status, run.items_done, run.attempt) == (Job.Status.PENDING, 2, jobs.ROUND)
    backfill.run(run_id=run.pk, by="test", clock=timezone.now)
    run.refresh_from_db()
    assert (run.status, run.items_done, run.labeled, run.error) == (Job.Status.DONE, 5, 5, "")
    assert Label.objects.count() == 5
    assert before < set(Label.objects.values_list("pk", flat=True))
    event = AuditEvent.objects.get(verb="job.retried")
    assert (event.user, event.target_type, event.target_id) == (admin, "rulerun", str(run.pk))
    assert "5 of 5 items." in shown(client, state="ended")
    assert client.post(verb("rulerun", run, "again")).status_code == 409


def test_one_whose_worker_died_too_often_has_a_whole_round_again(
    client: Client, feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = halfway(feature, monkeypatch)
    died = {"attempt": jobs.MAX_ATTEMPTS, "base_done": run.last_item}
    RuleRun.objects.filter(pk=run.pk).update(status="running", heartbeat_at=None, error="", **died)
    backfill.run(run_id=run.pk, by="test", clock=timezone.now)
    assert "20 times and its worker died" in RuleRun.objects.get(pk=run.pk).error
    client.post(verb("rulerun", run, "again"))
    RuleRun.objects.filter(pk=run.pk).update(attempt=jobs.ROUND + jobs.MAX_ATTEMPTS)
    backfill.run(run_id=run.pk, by="test", clock=timezone.now)
    assert RuleRun.objects.get(pk=run.pk).status == Job.Status.FAILED
    client.post(verb("rulerun", run, "again"))
    RuleRun.objects.filter(pk=run.pk).update(attempt=2 * jobs.ROUND + jobs.MAX_ATTEMPTS - 1)
    backfill.run(run_id=run.pk, by="test", clock=timezone.now)
    assert RuleRun.objects.get(pk=run.pk).status == Job.Status.DONE


def test_a_rule_that_was_switched_off_labels_nothing_more(
    client: Client, feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = halfway(feature, monkeypatch)
    switch.off(rule=run.version.rule, **rules.BY)
    answer = client.post(verb("rulerun", run, "again"))
    assert (answer.status_code, "Switch it on first" in pages.text(answer)) == (409, True)


def test_another_one_at_the_same_is_said(client: Client, feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    run = halfway(feature, monkeypatch)
    backfill.start(rule=run.version.rule, **rules.BY)
    answer = client.post(verb("rulerun", run, "again"))
    assert (answer.status_code, "Another job is at the same" in pages.text(answer)) == (409, True)
    assert not AuditEvent.objects.filter(verb="job.retried").exists()


def test_a_failed_dataset_is_asked_for_again_and_an_import_without_its_file_can_not_be(
    client: Client, feature: Feature
) -> None:
    export = exports.made(feature)  # nothing matches
    assert export.status == Export.Status.FAILED
    one = Import.objects.create(
        public_id="imp_1", feature=feature, file_name="a.jsonl", bytes_total=1, created_at=timezone.now(),
        status="failed", error="Too odd.", finished_at=timezone.now(), file_removed_at=timezone.now(),
    )  # fmt: skip
    assert shown(client, state="failed").count("Do it again") == 1
    client.post(verb("export", export, "again"))
    made = Export.objects.latest("pk")
    assert (made.pk != export.pk, made.request, made.status) == (True, export.request, Export.Status.PENDING)
    assert AuditEvent.objects.get(verb="job.retried").data == {"as": ["export", made.pk]}
    answer = client.post(verb("import", one, "again"))
    assert (answer.status_code, "upload it again" in pages.text(answer)) == (409, True)
    assert client.post(f"{PAGE}import/999/again/").status_code == 404
    assert client.post(f"{PAGE}nothing/1/again/").status_code == 404


def test_what_is_under_way_is_ended_and_that_is_recorded(client: Client, feature: Feature) -> None:
    now = timezone.now()
    asked = exports.asked(feature)
    rewriting = Rewriting.objects.create(export=asked, rows_total=1, created_at=now)
    source = Queue.objects.get(feature=feature)
    target = Queue.objects.create(
        feature=feature, name="other", rank=9, taxonomy_version=source.taxonomy_version, created_at=now
    )
    move = ItemMove.objects.create(feature=feature, source=source, target=target, queued_until=now, created_at=now)
    anew = Redecision.objects.create(rater=stock.rater(), since=now, items_total=5, created_at=now)
    for kind, job in (("export", asked), ("rewriting", rewriting), ("itemmove", move)):
        assert client.post(verb(kind, job, "cancel")).status_code == 302
        job.refresh_from_db()
        assert job.status == Job.Status.CANCELLED
        assert client.post(verb(kind, job, "cancel")).status_code == 409
    assert client.post(verb("redecision", anew, "cancel")).status_code == 409
    recorded = AuditEvent.objects.filter(verb__in=["export.cancelled", "job.cancelled"]).order_by("pk")
    assert [event.target_type for event in recorded] == ["export", "rewriting", "itemmove"]


def test_more_than_fit_are_paged_and_none_is_left_out(client: Client, feature: Feature) -> None:
    now = timezone.now()
    for number in range(30):
        Import.objects.create(
            public_id=f"imp_{number}", feature=feature, file_name=f"{number:02}.jsonl", bytes_total=1,
            created_at=now - timedelta(minutes=number), status="done", finished_at=now,
        )  # fmt: skip
    first = client.get(PAGE, {"state": "ended"})
    older = re.search(r'rel="next" href="\?([^"]+)"', first.content.decode())
    assert older is not None
    second = client.get(f"{PAGE}?{older[1].replace('&amp;', '&')}")
    named = [re.findall(r"(\d\d)\.jsonl,", pages.text(answer)) for answer in (first, second)]
    assert [len(set(one)) for one in named] == [25, 5]
    assert set(named[0]) | set(named[1]) == {f"{number:02}" for number in range(30)}


def test_messages_that_nobody_took_are_sent_again(
    client: Client, feature: Feature, admin: User, settings: LazySettings
) -> None:
    now = timezone.now()
    alarm = Alarm.objects.create(feature=feature, kind="open", most=5, created_at=now)
    alert = Alert.objects.create(alarm=alarm, number=1, is_over=False, value=9, at=now)
    mail = Delivery.objects.create(
        public_id="msg_1", person=admin, alert=alert, event="backlog.alarm", payload={}, status="given_up",
        created_at=now, ended_at=now, sent=7, problem="timed_out",
    )  # fmt: skip
    text = shown(client, state="failed")
    assert f"{admin.email} sent 7 times; no answer in time" in text
    settings.MAIL_FROM = None
    answer = client.post(f"{PAGE}told/{mail.public_id}/again/")
    assert (answer.status_code, "no mail server is set up" in pages.text(answer)) == (409, True)
    settings.MAIL_FROM = "flywheel@example.com"
    assert client.post(f"{PAGE}told/{mail.public_id}/again/").status_code == 302
    mail.refresh_from_db()
    assert (mail.status, mail.attempt) == (Delivery.Status.PENDING, 0)
    event = AuditEvent.objects.get(verb="mail.sent_again")
    assert (event.target_id, event.feature) == ("msg_1", feature)


def test_it_is_for_admins_alone(engineer: User, feature: Feature) -> None:
    client = pages.sign_in(engineer)
    asked = exports.asked(feature)
    assert client.get(PAGE).status_code == 403
    assert client.post(verb("export", asked, "cancel")).status_code == 403
    assert client.post(verb("export", asked, "again")).status_code == 403
    assert client.post(f"{PAGE}told/msg_1/again/").status_code == 403
    asked.refresh_from_db()
    assert (asked.status, audit.FLYWHEEL.user) == (Export.Status.PENDING, None)
