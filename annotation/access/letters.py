"""The mails about an account: an invitation, and the link for a new password."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from annotation.models import Invitation, User

log = logging.getLogger(__name__)


def send(invitation: Invitation, *, url: str, host: str) -> bool:
    """Whether the mail server took it. False where none is set up."""
    if not settings.MAIL_FROM:
        return False
    lines = [
        _("You are invited to Flywheel at %(host)s, where answers of AI features are labeled.") % {"host": host},
        "",
        _("Open this address to choose your name and password. It works once, until %(until)s UTC:")
        % {"until": f"{invitation.expires_at:%Y-%m-%d %H:%M}"},
        "",
        url,
        "",
        _("If you don't know what this is about, there is nothing to do."),
    ]
    message = EmailMessage(_("Your invitation to Flywheel"), "\n".join(lines), settings.MAIL_FROM, [invitation.email])
    try:
        message.send()
    except OSError as error:  # smtplib's errors are of this kind too
        log.warning("The mail server did not take an invitation (%s). Check MAIL_URL.", type(error).__name__)
        return False
    return True


def send_password(user: User, *, url: str) -> None:
    """Raises OSError where the mail server does not take it."""
    lines = [
        _("Somebody asked for a new password for your account at %(host)s.") % {"host": settings.PUBLIC_URL},
        "",
        _("Open this address to choose one. It works once, for a day:"),
        "",
        url,
        "",
        _("If it was not you, there is nothing to do: your password stays as it is."),
    ]
    subject = _("A new password for Flywheel")
    EmailMessage(subject, "\n".join(lines), settings.MAIL_FROM, [user.email]).send()
