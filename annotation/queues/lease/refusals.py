"""Why an item can't be held."""

from __future__ import annotations

from annotation.errors import Refusal


class Taken(Refusal):
    """Somebody else has this item now. Go on with the next one; if it comes back, it will be offered again."""

    code = "item_taken"
    status = 409


class AlreadyLabeled(Refusal):
    """You have labeled this item already. You find it under My labels."""

    code = "already_labeled"
    status = 409


class LabeledBefore(Refusal):
    """This is a second look at what you labeled yourself, so somebody else takes it. Go on with the next one."""

    code = "labeled_before"
    status = 403


class NotOpen(Refusal):
    """This item is no longer open: it is {status}. Go on with the next one."""

    code = "item_not_open"
    status = 409


class LeaseLost(Refusal):
    """Your hold on this item has ended. What you typed is still here: send it, and it is kept if the item needs it."""

    code = "lease_lost"
    status = 409


class NotYours(Refusal):
    """This item was never handed to you. Go back to the queue and take the next one."""

    code = "not_your_item"
    status = 403


class Paused(Refusal):
    """This queue is paused, so nothing new is given out of it. What you hold you may finish; ask an admin when it goes
    on."""

    code = "queue_paused"
    status = 409


class NotInQueue(Refusal):
    """That person doesn't label in {queue}. Choose somebody who does, or make them one of its people first."""

    code = "not_in_queue"
    status = 422
