"""Addresses of which one crashes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret inside")


urlpatterns = [path("api/v1/crash", crash)]
