"""When something is told: rows are the messages, Celery rings, and a sweep rings again for what is due.

Sending is at least once: a worker that dies between sending and writing the answer down leaves a message that is sent
again, with the same id. Whoever is told takes it once by that id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from django.conf import settings
from django.db import transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.jobs import Clock
from annotation.lib import chat, egress
from annotation.lib.clipping import storable
from annotation.models import Alert, Delivery, Feature, Webhook
from annotation.webhooks import endpoint, mail, messages, signing

WAITS: Final = tuple(timedelta(seconds=wait) for wait in (5, 300, 1_800, 7_200, 18_000, 36_000))
"""How long after each sending in vain the next one is due: 7 sendings over 17.5 hours."""

LEASE: Final = timedelta(seconds=90)
"""Longer than one sending can take: what nobody has ended by then is sent again."""

MAX_ANSWER: Final = 300
GONE: Final = 410


class NoMail(Refusal):
    """No mail is sent to this person: no mail server is set up (MAIL_URL, MAIL_FROM), or the account has ended."""

    code = "no_mail"
    status = 409


class Off(Refusal):
    """This webhook is switched off, so nothing is sent to it. Give it an address first."""

    code = "webhook_off"
    status = 409


def note(*, now: datetime) -> int:
    """Write a message for each export and each firing that has ended since its webhook is there. Returns how many."""
    found = [*messages.of_exports(now=now), *messages.of_firings(now=now)]
    Delivery.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def tell(*, alert: Alert, now: datetime) -> None:
    """Write the messages about an alert: to its alarm's webhook, and to each of its people. In the transaction of the
    alert, so that it is told once."""
    Delivery.objects.bulk_create(messages.of_alert(alert, now=now))


def due(*, now: datetime) -> list[int]:
    """The messages that are to be sent now."""
    found = Delivery.objects.filter(status=Delivery.Status.PENDING, next_at__lte=now)
    return list(found.order_by("next_at", "pk").values_list("pk", flat=True))


def send(*, delivery_id: int, clock: Clock) -> None:
    """Send a message once, if it is due and nobody else is at it."""
    delivery = Delivery.objects.select_related("webhook", "person").get(pk=delivery_id)
    now = clock()
    if not _claim(delivery, now):
        return
    if delivery.webhook is None:
        _mail(delivery, clock)
    elif not delivery.webhook.is_enabled:
        _end(delivery, Delivery.Status.GIVEN_UP, clock(), problem=Delivery.Problem.OFF)
    else:
        _post(delivery, delivery.webhook, clock)


def _post(delivery: Delivery, webhook: Webhook, clock: Clock) -> None:
    try:
        answer = _posted(delivery, webhook, clock())
    except egress.BadAddress:
        _failed(delivery, clock(), Delivery.Problem.FORBIDDEN)
    except egress.SendError as error:
        _failed(delivery, clock(), Delivery.Problem(error.code))
    else:
        _answered(delivery, webhook, answer, clock())


def _mail(delivery: Delivery, clock: Clock) -> None:
    try:
        mail.send(delivery)
    except mail.MailError as error:
        told = {"problem": error.problem}
        if error.is_final:
            _end(delivery, Delivery.Status.GIVEN_UP, clock(), **told)
        else:
            _later(delivery, clock(), None, **told)
    else:
        _end(delivery, Delivery.Status.DELIVERED, clock(), problem=Delivery.Problem.NONE)


@transaction.atomic
def again(*, delivery: Delivery, actor: audit.Actor, now: datetime) -> None:
    """Send it once more, now, and from there on as if it were new. Raises Off, NoMail."""
    found = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if found.webhook is None and not mail.is_possible(found):
        raise NoMail
    if found.webhook is not None and not found.webhook.is_enabled:
        raise Off
    found.status, found.attempt, found.next_at, found.ended_at = Delivery.Status.PENDING, 0, now, None
    found.save(update_fields=["status", "attempt", "next_at", "ended_at"])
    verb = "mail.sent_again" if found.webhook is None else "webhook.sent_again"
    target = ("delivery", found.public_id)
    audit.record(actor=actor, verb=verb, target=target, feature=_feature(found), now=now)


def _feature(delivery: Delivery) -> Feature | None:
    if delivery.webhook is not None:
        return delivery.webhook.owner.feature
    return delivery.alert.alarm.feature if delivery.alert else None


def body(delivery: Delivery) -> bytes:
    """What is sent and signed: the same bytes each time, whatever order the database keeps keys in."""
    return orjson.dumps(delivery.payload, option=orjson.OPT_SORT_KEYS)


def _claim(delivery: Delivery, now: datetime) -> bool:
    """`sent` tells one sending from the next: who comes back after its lease writes nothing."""
    mine = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING, next_at__lte=now, sent=delivery.sent)
    delivery.sent, delivery.attempt = delivery.sent + 1, delivery.attempt + 1
    sending = {"sent": delivery.sent, "attempt": delivery.attempt, "sent_at": now, "next_at": now + LEASE}
    return bool(mine.update(**sending))


def _posted(delivery: Delivery, webhook: Webhook, now: datetime) -> egress.Answer:
    sent = body(delivery)
    secret = endpoint.secret(webhook)
    signed = signing.headers(secret=secret, message=delivery.public_id, at=now, body=sent)
    headers = {"Content-Type": "application/json", "User-Agent": f"Flywheel/{settings.VERSION}", **signed}
    return egress.post(webhook.url, body=sent, headers=headers, allowed=settings.WEBHOOK_NETWORKS)


def _answered(delivery: Delivery, webhook: Webhook, answer: egress.Answer, now: datetime) -> None:
    told = {"answer_status": answer.status, "answer": storable(answer.text.strip(), MAX_ANSWER), "problem": ""}
    if 200 <= answer.status < 300:
        _end(delivery, Delivery.Status.DELIVERED, now, **told)
    elif answer.status == GONE:
        _end(delivery, Delivery.Status.GIVEN_UP, now, **told)
        endpoint.switch_off(webhook=webhook, actor=audit.FLYWHEEL, now=now)
    else:
        _later(delivery, now, chat.retry_after(answer.headers), **told)


def _failed(delivery: Delivery, now: datetime, problem: Delivery.Problem) -> None:
    told = {"answer_status": None, "answer": "", "problem": problem}
    if problem == Delivery.Problem.FORBIDDEN:
        _end(delivery, Delivery.Status.GIVEN_UP, now, **told)
    else:
        _later(delivery, now, None, **told)


def _later(delivery: Delivery, now: datetime, asked: float | None, **told: Any) -> None:
    """`asked`: the seconds that the other side wants to be left alone."""
    if delivery.attempt > len(WAITS):
        _end(delivery, Delivery.Status.GIVEN_UP, now, **told)
        return
    wait = max(WAITS[delivery.attempt - 1], timedelta(seconds=asked or 0))
    _mine(delivery).update(next_at=now + wait, **told)


def _end(delivery: Delivery, status: Delivery.Status, now: datetime, **told: Any) -> None:
    _mine(delivery).update(status=status, ended_at=now, next_at=None, **told)


def _mine(delivery: Delivery) -> Any:
    return Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING, sent=delivery.sent)


def latest(webhook: Webhook, *, count: int) -> Iterable[Delivery]:
    """The newest messages to a webhook, with what they are about."""
    rows = Delivery.objects.filter(webhook=webhook).select_related("export", "trigger_firing", "alert")
    return rows.order_by("-created_at", "-pk")[:count]
