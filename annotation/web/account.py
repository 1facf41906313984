"""Sign-in by django-allauth; people are let in by admins, and no address is confirmed by mail."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from annotation.errors import Refusal
from annotation.web import client


class NoMail(Refusal):
    """No email address is confirmed by mail here, since an admin vouches for people. For a new password go to
    /accounts/password/reset/."""

    code = "no_mail"
    status = 404


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The email address or the password is wrong."),
        "incorrect_password": _("The password is wrong."),
        "too_many_login_attempts": _("Too many wrong tries from here. Wait a minute, then try again."),
        "enter_current_password": _("This is not your current password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """What allauth's limits count by."""
        return client.address(request)


def by_mail(request: HttpRequest) -> HttpResponse:
    """In place of those pages of allauth that confirm addresses, and of those that follow on its own mails."""
    raise NoMail
