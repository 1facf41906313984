"""Alarms: each cause is told once, by mail and by webhook, and its end once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from annotation import audit
from annotation.backlog import alarms
from annotation.models import Alarm, Alert, AuditEvent, Delivery, Feature, Item, User
from annotation.webhooks import deliveries
from tests import cast, stock
from tests.backlog import world
from tests.cast import NOW
from tests.mail_server import MailServer

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def mail(settings: LazySettings) -> Any:
    with MailServer.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.MAIL_FROM = "flywheel@example.com"
        yield server


def _finish(of: Feature, count: int) -> None:
    chosen = Item.objects.filter(feature=of, status="open").values("pk")[:count]
    Item.objects.filter(pk__in=chosen).update(status="withdrawn")


@pytest.mark.django_db
def test_a_cause_is_told_once_and_its_end_once(admin: User, mail: MailServer) -> None:
    drafts = stock.feature()
    alarm = world.alarm(drafts, most=10, people=[admin])
    stock.items(drafts, 10)
    assert alarms.watch(now=LATER) == []
    stock.items(drafts, 3)
    (raised,) = alarms.watch(now=LATER)
    assert (raised.number, raised.is_over, raised.value) == (1, False, 13)
    assert alarms.watch(now=LATER) == []
    _finish(drafts, 3)
    assert alarms.watch(now=LATER) == [], "ten of ten is not over yet: it moves about its bound"
    _finish(drafts, 1)
    (over,) = alarms.watch(now=LATER)
    assert (over.number, over.is_over, over.value) == (1, True, 9)
    stock.items(drafts, 5)
    assert [one.number for one in alarms.watch(now=LATER)] == [2]
    assert Delivery.objects.filter(person=admin).count() == Delivery.objects.exclude(webhook=None).count() == 3
    for delivery in Delivery.objects.filter(person=admin).order_by("pk"):
        deliveries.send(delivery_id=delivery.pk, clock=lambda: LATER)
    assert [one["subject"] for one in mail.mails] == [
        "Alarm: drafts: all queues: 13 items are open",
        "Over: drafts: all queues: 9 items are open",
        "Alarm: drafts: all queues: 14 items are open",
    ]
    assert {one["to"] for one in mail.mails} == {admin.email}
    assert "/manage/backlog/" in mail.mails[0].get_payload()
    assert set(Delivery.objects.filter(person=admin).values_list("status", flat=True)) == {"delivered"}
    verbs = AuditEvent.objects.filter(target_type="alarm", target_id=alarm.pk).order_by("pk")
    told = ["alarm.created", "alarm.raised", "alarm.over", "alarm.raised"]
    assert list(verbs.values_list("verb", flat=True)) == told


@pytest.mark.django_db(transaction=True)
def test_however_many_look_at_once_it_is_told_once() -> None:
    drafts = stock.feature()
    world.alarm(drafts, most=1)
    stock.items(drafts, 3)
    stock.together(8, lambda _: alarms.watch(now=LATER), list(range(16)))
    assert (Alert.objects.count(), Delivery.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_mail_server_that_is_away_is_asked_again_and_an_account_that_ended_gets_nothing(
    admin: User, mail: MailServer, settings: LazySettings
) -> None:
    drafts = stock.feature()
    world.alarm(drafts, most=1, people=[admin], webhook="")
    stock.items(drafts, 3)
    alarms.watch(now=LATER)
    delivery = Delivery.objects.get()
    settings.EMAIL_PORT, port = 1, settings.EMAIL_PORT
    deliveries.send(delivery_id=delivery.pk, clock=lambda: LATER)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.problem) == ("pending", "unreachable")
    settings.EMAIL_PORT = port
    User.objects.filter(pk=admin.pk).update(is_active=False)
    deliveries.send(delivery_id=delivery.pk, clock=lambda: LATER + timedelta(hours=1))
    delivery.refresh_from_db()
    assert (delivery.status, delivery.problem) == ("given_up", "no_mail")
    assert mail.mails == []


@pytest.mark.django_db
def test_each_kind_looks_at_its_own_figure() -> None:
    drafts = stock.feature()
    queue = stock.queue(drafts, limit_hours=24)
    figures = {
        kind: world.alarm(drafts, kind, 1, queue=queue)
        for kind in (Alarm.Kind.OPEN, Alarm.Kind.PAST_LIMIT, Alarm.Kind.DRAIN, Alarm.Kind.QUIET)
    }
    assert {kind: alarms.value_of(alarm=one, now=NOW) for kind, one in figures.items()} == {
        "open": 0,
        "past_limit": 0,
        "drain": None,
        "quiet": 0,
    }
    stock.items(drafts, 40, now=NOW - timedelta(hours=48))
    world.flows(queue, came=10, done=20, days=28, now=NOW)
    told = {str(kind): alarms.value_of(alarm=one, now=NOW) for kind, one in figures.items()}
    assert (told["open"], told["past_limit"]) == (40, 40)
    assert 3 <= (told["drain"] or 0) <= 5
    assert 0 < (told["quiet"] or 0) < 48
    world.flows(queue, came=30, done=0, days=28, now=NOW)
    assert alarms.value_of(alarm=figures[Alarm.Kind.DRAIN], now=NOW) == float("inf")


@pytest.mark.django_db
def test_an_alarm_that_tells_nobody_or_is_there_already_is_refused(admin: User, settings: LazySettings) -> None:
    drafts = stock.feature()
    settings.MAIL_FROM = None
    plan: dict[str, Any] = {"kind": "open", "most": 5, "feature": drafts}
    chat = stock.queue(stock.feature("chat"))
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({}, alarms.TellsNobody),
        ({"people": [admin]}, alarms.NoMailServer),
        ({"webhook": world.HOOK, "queue": chat}, alarms.QueueElsewhere),
    ]
    for changes, refusal in wrong:
        with pytest.raises(refusal):
            alarms.create(plan=alarms.Plan(**plan | changes), actor=audit.FLYWHEEL, now=NOW)
    first = world.alarm(drafts, most=5)
    with pytest.raises(alarms.AlarmThere):
        world.alarm(drafts, most=7)
    alarms.switch_off(alarm=first, actor=audit.FLYWHEEL, now=NOW)
    world.alarm(drafts, most=7)
    stock.items(drafts, 9)
    assert [alert.alarm_id for alert in alarms.watch(now=LATER)] != [first.pk]
    assert cast.NOW == NOW
