"""Every address of Flywheel. Pages are in `annotation.web`, machines talk to `annotation.api`."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include("annotation.api.urls")),
    path("", include("annotation.web.urls")),
]
