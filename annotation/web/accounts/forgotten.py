"""A password that was forgotten: asked for by mail, or made by an admin, and chosen anew by who has the link."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation import tasks
from annotation.access import passwords
from annotation.errors import Refusal
from annotation.models import User
from annotation.web.accounts.choosing import PasswordForm


class TooOften(Refusal):
    """New passwords were asked for very often from here, or for this address. Try again in an hour, or ask an admin."""

    code = "asked_too_often"
    status = 429


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        max_length=254, error_messages={"required": gettext_lazy("Say with which address you sign in.")}
    )


class ChosenForm(PasswordForm):
    def __init__(self, *given: Any, user: User, **named: Any) -> None:
        super().__init__(*given, **named)
        self.user = user

    def whose(self) -> User:
        return self.user


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Whether the address has an account is told nobody: not by words, nor by how long the answer takes."""
    has_mail = bool(settings.MAIL_FROM)
    form = ForgottenForm(request.POST if request.method == "POST" and has_mail else None)
    is_asked = form.is_valid()
    if is_asked:
        _ask(request, form.cleaned_data["email"])
    context = {"form": form, "has_mail": has_mail, "is_asked": is_asked}
    return render(request, "account/forgotten.html", context, status=422 if form.errors else 200)


def _ask(request: HttpRequest, email: str) -> None:
    if not ratelimit.consume(request, action="reset_password", key=email.casefold()):
        raise TooOften
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    tasks.send_password_link.delay(user.pk if user and user.has_usable_password() else None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, password_link: str) -> HttpResponse:
    """Who has chosen signs in as always, so that a second factor is asked for too."""
    user = passwords.opened(password_link)
    form = ChosenForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        passwords.choose(link=password_link, password=form.cleaned_data["password1"], now=timezone.now())
        messages.success(request, _("Your new password holds. Sign in with it."))
        return redirect("account_login")
    context = {
        "form": form,
        "account": user,
        "link": password_link,
    }
    return render(request, "account/new_password.html", context, status=422 if form.errors else 200)
