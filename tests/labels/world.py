"""Items on which people disagree: disputed ones, and second looks that came out otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from annotation.labels import notes, raters, submit
from annotation.models import Feature, Item, Label, Rater, ReviewNote, User
from annotation.queues import lease
from tests import stock
from tests.cast import NOW

Who = int | User
"""One of the stock's raters by number, or somebody of the cast."""


def rater(who: Who) -> Rater:
    return stock.rater(who) if isinstance(who, int) else raters.for_user(who)


def answer(reason: str = "verified", **more: Any) -> submit.Answer:
    return submit.Answer(reason_code=reason, submission_id=uuid4(), **more)


def label(item: Item, reason: str, *, by: Who, now: datetime = NOW, **more: Any) -> Label:
    """This very item, taken and labeled."""
    lease.take_chosen(rater=rater(by), item=item, now=now)
    return submit.label(rater=rater(by), item=item, answer=answer(reason, **more), now=now)


def overlapping(
    of: Feature, *said: str, by: tuple[Who, ...] = (1, 2, 3, 4), kind: str = "accepted", now: datetime = NOW
) -> Item:
    """A new item for as many people as there are reasons, each of which one of them gives."""
    (item,) = stock.items(of, 1, kind=kind)
    Item.objects.filter(pk=item.pk).update(needed=len(said))
    for who, reason in zip(by, said, strict=False):
        label(item, reason, by=who, now=now, comment=f"{reason}, says {who}.")
    item.refresh_from_db()
    return item


def disputed(of: Feature, one: Who = 1, other: Who = 2, *, now: datetime = NOW) -> Item:
    return overlapping(of, "verified", "unread", by=(one, other), now=now)


def second_look(of: Feature, first: str, second: str, *, by: tuple[Who, Who] = (1, 2), now: datetime = NOW) -> Item:
    """The second-look item of a new signal, whose two looks are labeled so by two people."""
    item = looked_at(of)
    label(Item.objects.get(signal=item.signal_id, purpose="sample"), first, by=by[0], now=now)
    label(item, second, by=by[1], now=now)
    item.refresh_from_db()
    return item


def looked_at(of: Feature) -> Item:
    """A second-look item whose signal nobody has labeled."""
    (first,) = stock.items(of, 1)
    values = {"feature": first.feature, "queue": first.queue, "interaction": first.interaction}
    return Item.objects.create(
        **values,
        signal=first.signal,
        signal_kind=first.signal_kind,
        public_id=f"itm_second_{first.pk}",
        purpose=Item.Purpose.SECOND_LOOK,
        queued_at=first.queued_at,
    )


def said(item: Item, by: Who) -> Label:
    return Label.objects.get(item=item, rater=rater(by), superseded_at=None)


def sent_back(
    item: Item, to: Who | None = None, *, by: Who = 9, text: str = "Look at the second turn again.", now: datetime = NOW
) -> ReviewNote:
    """A note about one label of the item: that of `to`, or the first."""
    labels = Label.objects.filter(item=item, superseded_at=None).order_by("pk")
    chosen = labels.get(rater=rater(to)) if to is not None else labels[0]
    return notes.send_back(label=chosen, text=text, by=rater(by), submission_id=uuid4(), now=now + timedelta(hours=1))
