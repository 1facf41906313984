"""The addresses of machines."""

from __future__ import annotations

from functools import partial

from django.urls import URLPattern, URLResolver, path

from annotation.api import (
    agreement,
    app,
    closure,
    docs,
    erasures,
    exports,
    features,
    insights,
    items,
    labels,
    lineage,
    loop,
    loops,
    mended,
    outcomes,
    queues,
    recipes,
    sending,
    taxonomy,
    triggers,
    validity,
    versions,
)

api = app.make(version="1")
for room in (
    sending,
    features,
    queues,
    taxonomy,
    labels,
    items,
    exports,
    versions,
    recipes,
    triggers,
    lineage,
    loop,
    erasures,
    insights,
    closure,
    agreement,
    validity,
    loops,
    mended,
    outcomes,
):
    api.add_router("", room.router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs", partial(docs.page, api=api), name="api-docs"),
    path("", api.urls),
]
