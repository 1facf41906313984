"""`/account/`: what one may do here, one's second factor, and where one is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.account.views import PasswordChangeView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from annotation.access import Person, accounts
from annotation.audit import Actor
from annotation.lib import keyed
from annotation.models import Session, User
from annotation.web.accounts import words
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Place:
    """One session. `ref` names it in a form; its key would open it."""

    ref: str
    device: str
    session: Session
    is_this: bool


@require_safe
@needs()
def mine(request: HttpRequest, person: Person) -> HttpResponse:
    context = {
        "places": places(person.user, this=request.session.session_key),
        "roles": [words.ROLES[role] for role in words.ROLES if role in person.roles],
        "features": person.features,
        "has_factor": getattr(person.user, "has_factor", False),
        "is_factor_needed": accounts.needs_factor(person),
    }
    return render(request, "account/mine.html", context)


@require_POST
@needs()
def end(request: HttpRequest, person: Person) -> HttpResponse:
    """Sign out in another browser."""
    keys = [one.session.session_key for one in places(person.user) if one.ref == request.POST.get("ref")]
    if keys:
        accounts.end_sessions(user=person.user, actor=Actor(user=person.user), now=timezone.now(), only=keys[0])
    messages.success(request, _("Signed out there."))
    return redirect("my_account")


@require_POST
@needs()
def end_others(request: HttpRequest, person: Person) -> HttpResponse:
    ended = accounts.end_sessions(
        user=person.user, actor=Actor(user=person.user), now=timezone.now(), but=request.session.session_key
    )
    told = ngettext("Signed out in %(n)s other browser.", "Signed out in %(n)s other browsers.", ended)
    messages.success(request, told % {"n": ended})
    return redirect("my_account")


def places(user: User, *, this: str | None = None) -> list[Place]:
    return [
        Place(ref=_ref(one), device=words.device(one), session=one, is_this=one.session_key == this)
        for one in accounts.sessions_of(user, now=timezone.now())
    ]


def _ref(session: Session) -> str:
    return keyed.digest(settings.HASH_KEY, session.session_key, purpose="session", size=8).hex()


class ChangePassword(PasswordChangeView):  # type: ignore[misc]  # allauth ships no types
    """Allauth's own; whoever else is signed in as this person is signed out."""

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        user, now = self.request.user, timezone.now()
        accounts.note_password(user=user, keep=self.request.session.session_key, now=now)
        return answer


change_password = ChangePassword.as_view()
