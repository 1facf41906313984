"""The page that an invitation's link opens: a name, a password, and at work."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.access import invitations
from annotation.models import User
from annotation.web.accounts.choosing import PasswordForm
from annotation.web.sessions import BACKEND


class JoinForm(PasswordForm):
    """What the invited person says of themselves."""

    name = forms.CharField(
        max_length=150, error_messages={"required": gettext_lazy("Say what others here should call you.")}
    )
    field_order = ("name", "password1", "password2")

    def __init__(self, *given: Any, email: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self.email = email

    def whose(self) -> User:
        return User(email=self.email, name=self.cleaned_data.get("name", ""))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, link: str) -> HttpResponse:
    """Whoever is signed in in this browser is signed out by it."""
    invitation = invitations.opened(link, now=timezone.now())
    form = JoinForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        user = invitations.accept(link=link, name=sent["name"], password=sent["password1"], now=timezone.now())
        login(request, user, backend=BACKEND)
        # Who has just chosen a password need not say it again to set up a second factor.
        record_authentication(request, user, "password", reauthenticated=True)
        return redirect("home")
    context = {
        "form": form,
        "invitation": invitation,
        "link": link,
    }
    return render(request, "account/join.html", context, status=422 if form.errors else 200)
