"""A new password for who has forgotten theirs: a link that opens once, made from the account and stored nowhere."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction

from annotation import audit
from annotation.access import accounts, lockouts
from annotation.errors import Refusal
from annotation.models import User


class DeadLink(Refusal):
    """This link opens no more, or a part of it is missing. It works once, for a day, and until its person signs in. Ask
    for a new one on the sign-in page, under “Forgotten your password?”, or ask an admin."""

    code = "password_link_dead"
    status = 410


def link_of(user: User) -> str:
    """What its address ends with. Django's token: it holds only for the password and the last sign-in of now."""
    return f"{user.pk}-{default_token_generator.make_token(user)}"


@transaction.atomic
def make_link(*, user: User, actor: audit.Actor, now: datetime) -> str:
    """A link that an admin passes on, written down in the audit log."""
    audit.record(actor=actor, verb="password.link_made", target=("user", user.pk), now=now)
    return link_of(user)


def opened(link: str, *, is_locked: bool = False) -> User:
    """The account of a link; `is_locked`: with its row locked. Raises DeadLink."""
    number, _, token = link.partition("-")
    rows = User.objects.select_for_update() if is_locked else User.objects.all()
    # isdecimal takes digits of any script, int() all of them, and the database no number of more than 64 bits.
    user = rows.filter(pk=number, is_active=True).first() if number.isdecimal() and len(number) < 19 else None
    if user is None or not default_token_generator.check_token(user, token):
        raise DeadLink
    return user


@transaction.atomic
def choose(*, link: str, password: str, now: datetime) -> User:
    """Give the link's account this password, sign it out everywhere, and let its person try again where wrong guesses
    had locked them out. A second factor is asked for as before. Raises DeadLink."""
    user = opened(link, is_locked=True)
    user.set_password(password)
    user.save(update_fields=["password"])
    accounts.note_password(user=user, keep=None, now=now, verb="password.renewed")
    lockouts.forget(user)
    return user
