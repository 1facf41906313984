"""`/manage/accounts/`: who may come in, and one of them: roles, features, on or off, sessions, second factor."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.access import ADMIN, ROLES, Person, accounts, lockouts, passwords
from annotation.audit import Actor
from annotation.models import AuditEvent, Feature, Invitation, User
from annotation.web.accounts import own, words
from annotation.web.roles import needs

EVENTS = 10


class Allowed(forms.Form):
    """What somebody may do: roles, and features where the roles are not an admin's."""

    roles = forms.MultipleChoiceField(
        choices=list(words.ROLES.items()),
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Roles"),
        error_messages={"required": gettext_lazy("Choose at least one role: without one there is no page to open.")},
    )
    features = forms.ModelMultipleChoiceField(
        Feature.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Features"),
        help_text=gettext_lazy("Admins see all features, whatever is chosen here."),
    )

    def clean(self) -> None:
        sent = self.cleaned_data
        if sent.get("roles") and ADMIN not in sent["roles"] and not sent.get("features"):
            self.add_error("features", _("Choose at least one feature: only admins see all."))


class AccountForm(Allowed):
    name = forms.CharField(max_length=150, required=False, label=gettext_lazy("Name"))
    field_order = ("name", "roles", "features")


@require_safe
@needs(ADMIN)
def all_accounts(request: HttpRequest, person: Person) -> HttpResponse:
    now = timezone.now()
    waiting = Invitation.objects.filter(used_at=None, withdrawn_at=None, expires_at__gt=now).count()
    context = {
        "lines": [(one, _roles(one), [m.feature for m in one.memberships.all()]) for one in _everybody()],
        "lockouts": lockouts.all_of(now=now),
        "waiting": waiting,
        "second_factor": settings.SECOND_FACTOR,
    }
    return render(request, "manage/accounts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def one(request: HttpRequest, person: Person, account: int) -> HttpResponse:
    found = get_object_or_404(User, pk=account)
    if request.method == "POST":
        form = AccountForm(request.POST)
        if form.is_valid():
            sent = form.cleaned_data
            accounts.change(
                user=found,
                name=sent["name"],
                roles=sent["roles"],
                features=sent["features"],
                actor=Actor(user=person.user),
                now=timezone.now(),
            )
            messages.success(request, _("Saved. It holds from the next page that they open."))
            return redirect("account", found.pk)
        return render(request, "manage/account.html", _shown(person, found, form), status=422)
    features = [one.feature_id for one in found.memberships.all()]
    form = AccountForm(initial={"name": found.name, "roles": _roles(found), "features": features})
    return render(request, "manage/account.html", _shown(person, found, form))


@require_POST
@needs(ADMIN)
def switch_off(request: HttpRequest, person: Person, account: int) -> HttpResponse:
    found = get_object_or_404(User, pk=account)
    accounts.switch_off(user=found, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Switched off, and signed out everywhere."))
    return redirect("account", found.pk)


@require_POST
@needs(ADMIN)
def switch_on(request: HttpRequest, person: Person, account: int) -> HttpResponse:
    found = get_object_or_404(User, pk=account)
    accounts.switch_on(user=found, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Switched on: they may sign in."))
    return redirect("account", found.pk)


@require_POST
@needs(ADMIN)
def sign_out(request: HttpRequest, person: Person, account: int) -> HttpResponse:
    """Everywhere; an admin who does that to themselves stays signed in here."""
    found = get_object_or_404(User, pk=account)
    here = request.session.session_key if found == person.user else None
    ended = accounts.end_sessions(user=found, actor=Actor(user=person.user), now=timezone.now(), but=here)
    told = ngettext("Signed out in %(n)s browser.", "Signed out in %(n)s browsers.", ended) % {"n": ended}
    messages.success(request, told)
    return redirect("account", found.pk)


@require_POST
@needs(ADMIN)
def reset_factor(request: HttpRequest, person: Person, account: int) -> HttpResponse:
    found = get_object_or_404(User, pk=account)
    if accounts.reset_factor(user=found, actor=Actor(user=person.user), now=timezone.now()):
        messages.success(request, _("Their second factor is forgotten, and they are signed out everywhere."))
    else:
        messages.info(request, _("There was no second factor."))
    return redirect("account", found.pk)


@require_POST
@needs(ADMIN)
def new_password(request: HttpRequest, person: Person, account: int) -> HttpResponse:
    """The link stands on the page that answers, and nowhere else."""
    found = get_object_or_404(User, pk=account)
    link = passwords.make_link(user=found, actor=Actor(user=person.user), now=timezone.now())
    features = [one.feature_id for one in found.memberships.all()]
    form = AccountForm(initial={"name": found.name, "roles": _roles(found), "features": features})
    address = request.build_absolute_uri(reverse("choose_password", args=[link]))
    return render(request, "manage/account.html", _shown(person, found, form) | {"password_link": address})


def _shown(person: Person, found: User, form: AccountForm) -> dict[str, Any]:
    events = AuditEvent.objects.filter(target_type="user", target_id=str(found.pk)).select_related("user")
    return {
        "account": found,
        "form": form,
        "is_oneself": found == person.user,
        "has_factor": Authenticator.objects.filter(user=found, type__in=accounts.FACTORS).exists(),
        "is_factor_needed": accounts.needs_factor(Person(found)),
        "places": own.places(found),
        "lockouts": [one for one in lockouts.all_of(now=timezone.now()) if one.user == found],
        "events": events.order_by("-pk")[:EVENTS],
    }


def _everybody() -> QuerySet[User]:
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=accounts.FACTORS)
    alive = Q(sessions__expire_date__gt=timezone.now())
    found = User.objects.annotate(has_factor=Exists(factors), seen_at=Max("sessions__seen_at", filter=alive))
    return found.prefetch_related("groups", "memberships__feature").order_by("-is_active", "name", "email")


def _roles(user: User) -> list[str]:
    names = {group.name for group in user.groups.all()} | ({ADMIN} if user.is_superuser else set())
    return [role for role in ROLES if role in names]
