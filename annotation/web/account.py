"""Sign-in by django-allauth; accounts are made by admins, not by visitors, and no mail is sent."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from annotation.errors import Refusal


class NoMail(Refusal):
    """Flywheel sends no mail, so neither a password nor an email address can be renewed by one. Ask an admin, who
    sets a new password with: manage.py changepassword EMAIL"""

    code = "no_mail"
    status = 404


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def by_mail(request: HttpRequest) -> HttpResponse:
    """In place of those pages of allauth that send mail."""
    raise NoMail
