"""Alarms: a figure of the backlog that may not be passed. Each cause is told once, and its end once.

Raised is an alarm when its figure is above `most`, and over when that has fallen to nine tenths of it: a figure that
moves about its bound is one cause. Where the figure can't be told, the alarm stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from annotation import audit, loading
from annotation.backlog import outlook, stock
from annotation.backlog.outlook import Work
from annotation.errors import Refusal
from annotation.models import Alarm, Alert, Feature, Queue, User
from annotation.webhooks import deliveries, endpoint

CALM: Final = 0.9

LAST_DONE: Final = """
SELECT queue_id, max(hour) FROM (
    SELECT queue_id, hour FROM annotation_backlogcount WHERE feature_id = $1 AND what = 'done'
    GROUP BY 1, 2 HAVING sum(number) > 0
) done GROUP BY 1
"""


class TellsNobody(Refusal):
    """This alarm would tell nobody. Choose somebody who gets a mail, or name an address that is told."""

    code = "tells_nobody"
    status = 422
    loc = ("people",)


class NoMailServer(Refusal):
    """No mail server is set up, so nobody can be told by mail. Set MAIL_URL and MAIL_FROM, or name an address that is
    told."""

    code = "no_mail_server"
    status = 422
    loc = ("people",)


class QueueElsewhere(Refusal):
    """The queue {name} is of another feature. Choose one of {feature}, or none: then all are watched."""

    code = "other_feature"
    status = 422
    loc = ("queue",)


class AlarmThere(Refusal):
    """There is an alarm for that already. Switch it off first; an alarm's bound stays, so that each of its alerts meant
    the same."""

    code = "conflict"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`queue`: null: all of the feature together. `webhook`: the address that is told, or empty."""

    feature: Feature
    kind: str
    most: int
    queue: Queue | None = None
    people: Sequence[User] = ()
    webhook: str = ""


@transaction.atomic
def create(*, plan: Plan, actor: audit.Actor, now: datetime) -> tuple[Alarm, str | None]:
    """Watch from now on. Returns the alarm, and the secret of its webhook if it has one. Raises TellsNobody,
    NoMailServer, QueueElsewhere, AlarmThere, and what `endpoint.check` does."""
    _check(plan)
    values = {"feature": plan.feature, "queue": plan.queue, "kind": plan.kind, "most": plan.most}
    try:
        with transaction.atomic():
            alarm = Alarm.objects.create(**values, created_at=now, created_by=actor.user)
    except IntegrityError as error:
        raise AlarmThere from error
    alarm.people.set(plan.people)
    _record(alarm, "alarm.created", actor, now, people=sorted(one.pk for one in plan.people))
    return alarm, endpoint.put(owner=alarm, url=plan.webhook, actor=actor, now=now)


@transaction.atomic
def switch_off(*, alarm: Alarm, actor: audit.Actor, now: datetime) -> None:
    """Watch no more; nothing more is told of it. Harmless where it is off."""
    if Alarm.objects.filter(pk=alarm.pk, is_enabled=True).update(is_enabled=False, raised_at=None):
        _record(alarm, "alarm.switched_off", actor, now)
        if (webhook := endpoint.of(alarm)) is not None:
            endpoint.switch_off(webhook=webhook, actor=actor, now=now)


def watch(*, now: datetime) -> list[Alert]:
    """Look at all alarms, and tell what has changed. However many look at once, each cause is told once."""
    alarms = list(Alarm.objects.filter(is_enabled=True).select_related("feature", "queue", "webhook"))
    figures = {feature: _Figures(feature, now) for feature in {alarm.feature_id for alarm in alarms}}
    looked = ((alarm, figures[alarm.feature_id].of(alarm)) for alarm in alarms)
    found = (_told(alarm, value, now) for alarm, value in looked if value is not None)
    return [alert for alert in found if alert is not None]


def value_of(*, alarm: Alarm, now: datetime) -> float | None:
    """Its figure now; infinite where it never ends, null where it can't be told."""
    return _Figures(alarm.feature_id, now).of(alarm)


def raised(*, features: Iterable[Feature]) -> list[Alarm]:
    """Those that stand now, the oldest first."""
    rows = Alarm.objects.filter(feature__in=list(features), is_enabled=True, raised_at__isnull=False)
    return list(rows.select_related("feature", "queue__feature").order_by("raised_at", "pk"))


def latest(*, features: Iterable[Feature], count: int) -> list[Alert]:
    rows = Alert.objects.filter(alarm__feature__in=list(features)).select_related("alarm__feature", "alarm__queue")
    return list(rows.order_by("-at", "-pk")[:count])


def _check(plan: Plan) -> None:
    if plan.queue is not None and plan.queue.feature_id != plan.feature.pk:
        raise QueueElsewhere(name=plan.queue.name, feature=plan.feature.slug)
    if not plan.people and not plan.webhook:
        raise TellsNobody
    if plan.people and not settings.MAIL_FROM:
        raise NoMailServer
    if plan.webhook:
        endpoint.check(plan.webhook)


class _Figures:
    """What alarms of one feature look at."""

    def __init__(self, feature: int, now: datetime) -> None:
        self._now = now
        self._stocks = stock.stocks(features=[feature], now=now)
        self._flows = stock.flows(features=[feature], now=now)
        self._oldest = stock.oldest(self._stocks)
        self._done: dict[int, int] = dict(loading.asked(LAST_DONE, [feature]))

    def of(self, alarm: Alarm) -> float | None:
        queues = [alarm.queue_id] if alarm.queue_id is not None else list(self._flows)
        stocks = [one for one in self._stocks if one.queue_id in queues]
        match alarm.kind:
            case Alarm.Kind.OPEN:
                return sum(one.open for one in stocks)
            case Alarm.Kind.PAST_LIMIT:
                return sum(one.past_limit for one in stocks)
            case Alarm.Kind.QUIET:
                return self._quiet(queues)
        return self._drain(queues, sum(one.open for one in stocks))

    def _drain(self, queues: Iterable[int], open_: int) -> float | None:
        flow = stock.together((self._flows[queue] for queue in queues), now=self._now)
        found = outlook.of(stock=open_, due=0, flow=flow, work=Work(hours=0, done=0))
        return found.drain.middle if found.drain is not None else None

    def _quiet(self, queues: Iterable[int]) -> float:
        """Hours since something was resolved, or since the oldest open item came; 0 where nothing is open."""
        waiting = [self._oldest[queue].queued_at.timestamp() / 3600 for queue in queues if queue in self._oldest]
        if not waiting:
            return 0.0
        done = [hour + 1 for queue in queues if (hour := self._done.get(queue)) is not None]
        return max(0.0, self._now.timestamp() / 3600 - max([min(waiting), *done]))


@transaction.atomic
def _told(alarm: Alarm, value: float, now: datetime) -> Alert | None:
    """Write that it was raised, or is over, if nobody else has; and what is to be told of it."""
    mine = Alarm.objects.filter(pk=alarm.pk, is_enabled=True, number=alarm.number, raised_at=alarm.raised_at)
    if alarm.raised_at is None and value > alarm.most:
        is_over, number = False, alarm.number + 1
        wanted: dict[str, Any] = {"raised_at": now, "number": number}
    elif alarm.raised_at is not None and value <= CALM * alarm.most:
        is_over, number = True, alarm.number
        wanted = {"raised_at": None}
    else:
        return None
    if not mine.update(**wanted):
        return None
    shown = None if math.isinf(value) else value
    alert = Alert.objects.create(alarm=alarm, number=number, is_over=is_over, value=shown, at=now)
    deliveries.tell(alert=alert, now=now)
    _record(alarm, "alarm.over" if is_over else "alarm.raised", audit.FLYWHEEL, now, number=number, value=shown)
    return alert


def _record(alarm: Alarm, verb: str, actor: audit.Actor, now: datetime, **told: Any) -> None:
    data = {"queue": alarm.queue_id, "kind": alarm.kind, "most": alarm.most, **told}
    audit.record(actor=actor, verb=verb, target=("alarm", alarm.pk), feature=alarm.feature, now=now, data=data)
