"""`/manage/invitations/`: whom an admin has invited, how that stands, and one more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from annotation.access import ADMIN, Person, invitations, letters
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.models import Feature, Invitation
from annotation.web.accounts import words
from annotation.web.accounts.pages import Allowed
from annotation.web.roles import needs

SHOWN = 100


class InvitationForm(Allowed):
    email = forms.EmailField(
        max_length=254,
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("What they will sign in with."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say whom you invite.")},
    )
    field_order = ("email", "roles", "features")


@dataclass(frozen=True, kw_only=True)
class Line:
    """`url` is set where it has to be passed on: an open invitation that no mail brought."""

    invitation: Invitation
    state: str
    features: list[str]
    url: str

    @property
    def words(self) -> words.State:
        return words.STATES[self.state]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def all_invitations(request: HttpRequest, person: Person) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            made = invitations.invite(
                email=sent["email"],
                roles=sent["roles"],
                features=sent["features"],
                actor=Actor(user=person.user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("email", refusal.message)
        else:
            _send(request, made)
            return redirect("invitations")
    context = {"form": form, "lines": _lines(request), "has_mail": bool(settings.MAIL_FROM)}
    return render(request, "manage/invitations.html", context, status=422 if form.errors else 200)


@require_POST
@needs(ADMIN)
def send_again(request: HttpRequest, person: Person, invitation: int) -> HttpResponse:
    found = get_object_or_404(Invitation, pk=invitation)
    _send(request, invitations.renew(invitation=found, actor=Actor(user=person.user), now=timezone.now()))
    return redirect("invitations")


@require_POST
@needs(ADMIN)
def withdraw(request: HttpRequest, person: Person, invitation: int) -> HttpResponse:
    found = get_object_or_404(Invitation, pk=invitation)
    invitations.withdraw(invitation=found, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Withdrawn: its link opens no more."))
    return redirect("invitations")


def _send(request: HttpRequest, invitation: Invitation) -> None:
    """What is written stands before a mail goes out; where none does, the page shows the link."""
    told: dict[str, Any] = {"email": invitation.email}
    if letters.send(invitation, url=_url(request, invitation), host=request.get_host()):
        invitations.mark_sent(invitation=invitation, now=timezone.now())
        messages.success(request, _("A mail is on its way to %(email)s.") % told)
    elif settings.MAIL_FROM:
        messages.warning(
            request,
            _("The mail server did not take the mail to %(email)s. Pass the link on yourself, or send it again later.")
            % told,
        )
    else:
        messages.success(request, _("The invitation of %(email)s is made. Pass its link on yourself.") % told)


def _lines(request: HttpRequest) -> list[Line]:
    now = timezone.now()
    names = dict(Feature.objects.values_list("pk", "name"))
    return [
        Line(
            invitation=one,
            state=(state := invitations.state(one, now=now)),
            features=[names[pk] for pk in one.feature_ids if pk in names],
            url=_url(request, one) if state == "open" and one.sent_at is None else "",
        )
        for one in Invitation.objects.select_related("invited_by", "user").order_by("-created_at", "-pk")[:SHOWN]
    ]


def _url(request: HttpRequest, invitation: Invitation) -> str:
    return request.build_absolute_uri(reverse("accept_invitation", args=[invitations.link_of(invitation)]))
