"""The pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from annotation.web import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
]
