"""Every address of Flywheel. Pages are in `annotation.web`, machines talk to `annotation.api`."""

from __future__ import annotations

from django.urls import include, path, re_path

from annotation.api import health, metrics, otlp
from annotation.web import account

handler500 = "annotation.web.errors.broken"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    re_path(r"^accounts/(?:password/reset|email|confirm-email)/", account.by_mail),
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include("annotation.api.urls")),
    path("otlp/v1/traces", otlp.traces, name="otlp-traces"),
    path("otlp/v1/logs", otlp.logs, name="otlp-logs"),
    path("", include("annotation.web.urls")),
]
