"""An alert as a mail: what passed its bound, in one sentence, and where to look."""

from __future__ import annotations

import smtplib
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from annotation.models import Delivery

PAGE: Final = "/manage/backlog/"


class MailError(Exception):
    """It was not taken. `problem` says why; `is_final`: to send it again would change nothing."""

    def __init__(self, problem: Delivery.Problem, *, is_final: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.is_final = is_final


def send(delivery: Delivery) -> None:
    """Raises MailError."""
    person = delivery.person
    if person is None or not is_possible(delivery):
        raise MailError(Delivery.Problem.NO_MAIL, is_final=True)
    subject, text = words(delivery.payload)
    message = EmailMessage(subject, text, settings.MAIL_FROM, [person.email])
    # The same id each time: whoever is mailed twice because a worker died in between sees one mail.
    message.extra_headers["Message-ID"] = f"<{delivery.public_id}@flywheel>"
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise MailError(Delivery.Problem.REFUSED, is_final=True) from error
    except smtplib.SMTPException as error:
        raise MailError(Delivery.Problem.REFUSED) from error
    except TimeoutError as error:
        raise MailError(Delivery.Problem.TIMED_OUT) from error
    except OSError as error:
        raise MailError(Delivery.Problem.UNREACHABLE) from error


def is_possible(delivery: Delivery) -> bool:
    """Whether there is a server to send it, and an account to send it to."""
    return bool(settings.MAIL_FROM and delivery.person and delivery.person.is_active)


def words(payload: dict[str, Any]) -> tuple[str, str]:
    """The subject, and the text."""
    data = payload["data"]
    name = " ".join(f"{data['feature']}: {data['queue'] or _('all queues')}".split())
    is_over = payload["type"].endswith("over")
    subject = _("Over: %(what)s") if is_over else _("Alarm: %(what)s")
    figure = _figure(data["kind"], data["value"])
    said = _("%(figure)s; told above %(most)s, and over at nine tenths of it.")
    lines = [name, "", said % {"figure": figure, "most": f"{data['most']:,}"}, "", f"{settings.PUBLIC_URL}{PAGE}"]
    return subject % {"what": f"{name}: {figure}"}, "\n".join(lines)


def _figure(kind: str, value: float | None) -> str:
    if value is None:
        return _("at this pace the backlog is never worked off")
    number = f"{round(value):,}"
    match kind:
        case "open":
            return _("%(n)s items are open") % {"n": number}
        case "past_limit":
            return _("%(n)s items are past their limit") % {"n": number}
        case "drain":
            return _("nothing is open in about %(n)s days") % {"n": number}
    return _("nothing was resolved for %(n)s hours") % {"n": number}
