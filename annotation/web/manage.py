"""Admins' page of the keys of machines."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from annotation import access
from annotation.access import ADMIN, Person, rotation
from annotation.audit import Actor
from annotation.lib.pace import BURST_SECONDS
from annotation.models import ApiToken, Feature
from annotation.models.access import MAX_PER_SECOND, SCOPES
from annotation.web import forms as sent_forms
from annotation.web.roles import needs

SCOPE_TITLES = {
    "ingest": gettext_lazy("send interactions and signals"),
    "label": gettext_lazy("send labels"),
    "export": gettext_lazy("ask for datasets and fetch them"),
    "loop": gettext_lazy("report training runs and deployments"),
    "read": gettext_lazy("read figures"),
    "manage": gettext_lazy("set up features and queues, erase"),
}


class TokenForm(forms.Form):
    """What a new token may do. `expires_on`: the last UTC day on which it works."""

    name = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Give it a name that says which machine holds it.")}
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope, SCOPE_TITLES[scope]) for scope in SCOPES],
        error_messages={"required": gettext_lazy("Choose at least one thing that it may do.")},
    )
    feature = forms.ModelChoiceField(Feature.objects.all(), required=False, empty_label=gettext_lazy("every feature"))
    expires_on = forms.DateField(required=False)
    requests_per_second = forms.IntegerField(required=False, min_value=1, max_value=MAX_PER_SECOND)

    def clean_expires_on(self) -> datetime | None:
        """The end of that day."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        end = datetime.combine(day, time.min, UTC) + timedelta(days=1)
        if end <= timezone.now():
            raise forms.ValidationError(_("That day is over. Choose a later one, or none."))
        return end


OVERLAP_TITLES = (
    gettext_lazy("not at all"),
    gettext_lazy("for an hour"),
    gettext_lazy("for a day"),
    gettext_lazy("for 7 days"),
    gettext_lazy("for 30 days"),
)


class RotationForm(sent_forms.Sent):
    """How long the former secret works on, in seconds."""

    overlap = forms.TypedChoiceField(
        choices=[
            (f"{one.total_seconds():.0f}", title) for one, title in zip(rotation.OVERLAPS, OVERLAP_TITLES, strict=True)
        ],
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
        initial="604800",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def tokens(request: HttpRequest, person: Person) -> HttpResponse:
    """The list, and the form for a new token. Its secret stands in the answer to the form, and nowhere else."""
    form = TokenForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        context["made"], context["secret"] = access.create_token(
            name=sent["name"],
            scopes=sent["scopes"],
            feature=sent["feature"],
            expires_at=sent["expires_on"],
            requests_per_second=sent["requests_per_second"],
            actor=Actor(user=person.user),
            now=timezone.now(),
        )
        context["form"] = TokenForm()
    return render(request, "manage/tokens.html", _list() | context, status=422 if form.errors else 200)


@require_POST
@needs(ADMIN)
def rotate(request: HttpRequest, person: Person, token: int) -> HttpResponse:
    """The list with a new secret of this token, which stands in this answer, and nowhere else."""
    found = get_object_or_404(ApiToken, pk=token)
    form = sent_forms.read(RotationForm, request.POST)
    made, secret = rotation.rotate(
        token=found, overlap=form.cleaned_data["overlap"], actor=Actor(user=person.user), now=timezone.now()
    )
    context = _list() | {"form": TokenForm(), "made": made, "secret": secret, "is_rotated": True}
    return render(request, "manage/tokens.html", context)


@require_POST
@needs(ADMIN)
def end_former(request: HttpRequest, person: Person, token: int) -> HttpResponse:
    found = get_object_or_404(ApiToken, pk=token)
    rotation.end_former(token=found, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("Only the new secret of “%(name)s” works now.") % {"name": found.name})
    return redirect("tokens")


@require_POST
@needs(ADMIN)
def revoke(request: HttpRequest, person: Person, token: int) -> HttpResponse:
    found = get_object_or_404(ApiToken, pk=token)
    access.revoke_token(token=found, actor=Actor(user=person.user), now=timezone.now())
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": found.name})
    return redirect("tokens")


def _list() -> dict[str, Any]:
    now = timezone.now()
    found = list(_tokens())
    return {
        "tokens": found,
        "ending": [one for one in found if rotation.ends_soon(one, now=now)],
        "warn_days": rotation.WARN_BEFORE.days,
        "overlaps": RotationForm.base_fields["overlap"].choices,  # type: ignore[attr-defined]
        "now": now,
        "rate_limit": settings.RATE_LIMIT,
        "burst_seconds": BURST_SECONDS,
    }


def _tokens() -> QuerySet[ApiToken]:
    return ApiToken.objects.select_related("feature", "created_by").order_by("-created_at", "-pk")
