"""All addresses, and some where things go wrong."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import path

from flywheel_app import urls

handler500 = urls.handler500


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret inside")


def too_large(request: HttpRequest) -> HttpResponse:
    raise RequestDataTooBig("secret limit")


urlpatterns = [path("crash/", crash), path("too-large/", too_large), path("form/", crash), *urls.urlpatterns]
