"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from annotation import jobs
from annotation.models import Feature, User
from annotation.web import marks, navigation, roles


def page(request: HttpRequest) -> dict[str, Any]:
    # What is costly is a function: templates call it where they show it, and fragments don't.
    return {
        "demo": settings.DEMO,
        "person_mark": lambda: _person_mark(request),
        "navigation": lambda: _navigation(request),
        "insights_pages": lambda: navigation.beside("insights", request.path),
        "sample_features": lambda: _sample_features(request),
        "last_worker_at": jobs.last_worker_at,
    }


def _person_mark(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    return marks.of(user) if isinstance(user, User) else ""


def _navigation(request: HttpRequest) -> list[navigation.Group]:
    user = getattr(request, "user", None)
    return navigation.groups(roles.person_of(request, user), request.path) if isinstance(user, User) else []


def _sample_features(request: HttpRequest) -> list[Feature]:
    """The features of this person that hold sample data, for pages that show several."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    return [feature for feature in roles.person_of(request, user).features if feature.is_sample]
