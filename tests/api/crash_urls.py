"""All addresses, and one that crashes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from flywheel_app import urls


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret inside")


urlpatterns = [path("api/v1/crash", crash), *urls.urlpatterns]
