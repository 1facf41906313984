"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from annotation import jobs
from annotation.access import accounts
from annotation.models import Feature, User
from annotation.web import marks, navigation, roles


def page(request: HttpRequest) -> dict[str, Any]:
    # What is costly is a function: templates call it where they show it, and fragments don't.
    return {
        "demo": settings.DEMO,
        "sso": _sso,
        "person_mark": lambda: _person_mark(request),
        "navigation": lambda: _navigation(request),
        "insights_pages": lambda: navigation.beside("insights", request.path),
        "sample_features": lambda: _sample_features(request),
        "last_worker_at": jobs.last_worker_at,
        "is_factor_needed": lambda: _is_factor_needed(request),
        "is_factor_missing": lambda: _is_factor_needed(request) and not getattr(request.user, "has_factor", False),
    }


def _person_mark(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    return marks.of(user) if isinstance(user, User) else ""


def _sso() -> str:
    """What the provider is called at which one may sign in, too; empty where there is none."""
    providers: Any = settings.SOCIALACCOUNT_PROVIDERS
    apps = providers["openid_connect"]["APPS"]
    return str(apps[0]["name"]) if apps else ""


def _is_factor_needed(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return isinstance(user, User) and accounts.needs_factor(roles.person_of(request, user))


def _navigation(request: HttpRequest) -> list[navigation.Group]:
    user = getattr(request, "user", None)
    return navigation.groups(roles.person_of(request, user), request.path) if isinstance(user, User) else []


def _sample_features(request: HttpRequest) -> list[Feature]:
    """The features of this person that hold sample data, for pages that show several."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    return [feature for feature in roles.person_of(request, user).features if feature.is_sample]
