"""Who guessed too often: told when to try again, and released by an admin."""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.access import ADMIN, Person, lockouts
from annotation.audit import Actor
from annotation.web import client
from annotation.web.roles import needs


def refused(request: HttpRequest, answer: HttpResponse | None, credentials: Any = None) -> HttpResponse:
    """In place of the page that says that a password is wrong: the same whether the account exists or not, and whether
    the password would have been right."""
    now = timezone.now()
    name = lockouts.name_in(request, credentials)
    until = lockouts.until(name=name, address=client.address(request), now=now) or now + settings.AXES_COOLOFF_TIME
    context = {"until": until, "tries": settings.AXES_FAILURE_LIMIT}
    page = render(request, "account/locked.html", context, status=429)
    page["Retry-After"] = str(max(1, math.ceil((until - now).total_seconds())))
    page["Cache-Control"] = "no-store"
    return page


@require_POST
@needs(ADMIN)
def release(request: HttpRequest, person: Person) -> HttpResponse:
    name, address = request.POST.get("name", ""), request.POST.get("address", "")
    if lockouts.release(name=name, address=address, actor=Actor(user=person.user), now=timezone.now()):
        messages.success(request, _("Released: they may try again at once."))
    else:
        messages.info(request, _("Nothing is locked there any more."))
    return redirect("accounts")
