"""How recipes, what fired them and what webhooks answered are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Delivery, Firing, Recipe

WEEKDAYS: tuple[str | Promise, ...] = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)

STATUSES: dict[str, str | Promise] = {
    Firing.Status.PENDING: gettext_lazy("waiting"),
    Firing.Status.RUNNING: gettext_lazy("looked at"),
    Firing.Status.DONE: gettext_lazy("done"),
    Firing.Status.FAILED: gettext_lazy("failed"),
    Firing.Status.CANCELLED: gettext_lazy("cancelled"),
}


def schedule(recipe: Recipe) -> str:
    """When it fires by itself."""
    told = {"hour": f"{recipe.hour:02}:00", "weekday": WEEKDAYS[recipe.weekday], "day": recipe.day}
    match recipe.schedule:
        case Recipe.Schedule.DAILY:
            return _("every day at %(hour)s UTC") % told
        case Recipe.Schedule.WEEKLY:
            return _("every %(weekday)s at %(hour)s UTC") % told
        case Recipe.Schedule.MONTHLY:
            return _("on day %(day)s of every month at %(hour)s UTC") % told
    return _("only by hand or command")


def answer(delivery: Delivery) -> str:
    """What the other side said last, or why there was nothing."""
    if delivery.problem:
        return str(delivery.get_problem_display())
    if delivery.answer_status is None:
        return _("not sent yet")
    return _("it answered %(status)s") % {"status": delivery.answer_status}
