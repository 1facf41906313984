"""Flywheel's own application, with an address at which an exception holds what was sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from flywheel_app.wsgi import application  # isort: skip - the addresses need what it sets up

from flywheel_app import urls  # isort: skip

__all__ = ["application"]


@csrf_exempt
def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(request.GET["text"])


urls.urlpatterns.insert(0, path("crash/", crash))
