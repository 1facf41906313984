"""The pages by which an admin acts on what waits: each says what it will do, does it once, and writes it down."""

from __future__ import annotations

from datetime import timedelta

from django.conf import LazySettings
from django.utils import timezone

from annotation import access, audit
from annotation.backlog import alarms
from annotation.labels import raters
from annotation.models import Alarm, AuditEvent, Feature, ItemMove, Lease, Queue, User
from annotation.queues import lease, setup
from tests import cast, stock
from tests.backlog import world
from tests.web import pages

BACKLOG = "/manage/backlog/"
QUEUE = f"{BACKLOG}queues/email-drafts.default/"


def test_the_forecast_the_limit_and_the_hour_stand_in_words(feature: Feature, admin: User) -> None:
    now = timezone.now()
    client = pages.sign_in(admin)
    stock.items(feature, 30, now=now - timedelta(days=6))
    assert "When it will be empty can't be told yet" in pages.words(client.get(BACKLOG))
    world.flows(stock.queue(feature), came=10, done=13, days=28, now=now)
    page = pages.words(client.get(BACKLOG))
    assert "At this pace it is empty in about" in page
    assert "30 items reach their limit within 7 days" in page
    assert "What one more hour of labeling a day would do can't be told yet" in pages.words(client.get(QUEUE))
    world.flows(stock.queue(feature), came=10, done=0, days=28, now=now)
    assert "Never at this pace: about 21 come and 13 are resolved a day" in pages.words(client.get(BACKLOG))


def test_who_is_at_work_and_who_is_stuck_is_told(feature: Feature, annotator: User, admin: User) -> None:
    now = timezone.now()
    stock.items(feature, 3, now=now)
    queue, rater = stock.queue(feature), raters.for_user(annotator)
    lease.take(rater=rater, queue=queue, now=now)
    client = pages.sign_in(admin)
    assert "1 is at work." in pages.words(client.get(BACKLOG))
    Lease.objects.update(shown_at=now - timedelta(minutes=12))
    assert "stuck for 12 min" in pages.words(client.get(BACKLOG))
    one = f"{BACKLOG}people/{rater.pk}/"
    taker = cast.person("tess", roles=[access.ANNOTATOR], features=[feature])
    sent = {"queue": queue.pk, "taker": taker.pk}
    assert "1 item waits for" in pages.words(client.post(f"{one}hand-over/", sent, follow=True))
    assert Lease.objects.get().rater.user == taker
    assert "holds nothing now" in pages.words(client.get(one))
    of_taker = f"{BACKLOG}people/{Lease.objects.get().rater_id}/give-back/"
    assert "1 item is free again." in pages.words(client.post(of_taker, follow=True))
    assert not Lease.objects.exists()


def test_a_queue_is_paused_freed_and_emptied_into_another(feature: Feature, annotator: User, admin: User) -> None:
    now = timezone.now()
    stock.items(feature, 4, now=now - timedelta(hours=30))
    spec = setup.QueueSpec(name="spare", rank=200)
    other, _ = setup.create_queue(feature=feature, spec=spec, actor=audit.FLYWHEEL, now=now)
    lease.take(rater=raters.for_user(annotator), queue=stock.queue(feature), now=now)
    client = pages.sign_in(admin)
    assert "Paused since" in pages.words(client.post(f"{QUEUE}pause/", follow=True))
    assert "An admin has paused" not in pages.words(pages.sign_in(annotator).get("/annotate/email-drafts.default/"))
    client.post(f"{QUEUE}give-back/")
    assert "An admin has paused" in pages.words(pages.sign_in(annotator).get("/annotate/email-drafts.default/"))
    assert "Paused since" not in pages.words(client.post(f"{QUEUE}resume/", follow=True))
    sent = {"target": other.pk, "kind": "", "older": 24}
    assert "4 items would go to spare. Nothing was moved yet." in pages.words(client.post(f"{QUEUE}move/", sent))
    assert not ItemMove.objects.exists()
    assert client.post(f"{QUEUE}move/", sent | {"sure": "1"}).status_code == 302
    assert client.post(f"{QUEUE}move/", sent | {"older": 100, "sure": "1"}).status_code == 422
    verbs = set(AuditEvent.objects.filter(user=admin).values_list("verb", flat=True))
    assert verbs == {"queue.paused", "queue.resumed", "items.given_back", "items.move_asked"}
    assert Queue.objects.get(pk=other.pk).paused_at is None


def test_an_alarm_is_made_stands_on_the_backlog_and_is_switched_off(
    feature: Feature, admin: User, settings: LazySettings
) -> None:
    client = pages.sign_in(admin)
    at = f"{BACKLOG}alarms/"
    sent = {"feature": feature.pk, "kind": "open", "most": 2, "people": [admin.pk]}
    assert "No mail server is set up, so nobody" in pages.words(client.post(at, sent))
    settings.MAIL_FROM = "flywheel@example.com"
    assert "It is watched from now on." in pages.words(client.post(at, sent, follow=True))
    assert client.post(at, sent).status_code == 422
    hooked = pages.text(client.post(at, sent | {"kind": "quiet", "webhook": world.HOOK}))
    assert "whsec_" in hooked
    stock.items(feature, 3, now=timezone.now())
    alarms.watch(now=timezone.now())
    assert "email-drafts: more than 2 items are open" in pages.words(client.get(BACKLOG))
    listed = pages.words(client.get(at))
    assert "raised" in listed
    assert "3 items" in listed
    client.post(f"{at}{Alarm.objects.get(kind='open').pk}/off/")
    assert "more than 2 items are open" not in pages.words(client.get(BACKLOG))
