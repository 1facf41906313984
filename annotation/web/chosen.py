"""Which of a person's features a page is about."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from annotation import backlog
from annotation.access import Person
from annotation.models import Feature

Arguments = ParamSpec("Arguments")

LAST = "feature"
"""Under this name a session keeps which feature its person looked at: the next page is about the same."""


def about_a_feature(
    page: Callable[Concatenate[HttpRequest, Person, Feature, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Person, Arguments], HttpResponse]:
    """Hand the feature that `?feature=` names to a page of insights. Who has none is told how to get one."""

    @functools.wraps(page)
    def view(
        request: HttpRequest, person: Person, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponse:
        found = feature(request, person)
        if found is None:
            return render(request, "insights/nothing.html")
        return page(request, person, found, *args, **kwargs)

    return view


def feature(request: HttpRequest, person: Person) -> Feature | None:
    """The feature that `?feature=` names, else the one that was last named by it, else the one with most open items;
    None for who has none. Another's is not found."""
    slug = request.GET.get("feature")
    if slug is None:
        return _of(person, request.session.get(LAST)) or _first(person)
    found = _of(person, slug)
    if found is None:
        raise Http404
    if request.session.get(LAST) != slug:
        request.session[LAST] = slug
    return found


def _first(person: Person) -> Feature | None:
    """Where most is open, most is going on; else the first by name."""
    fullest = backlog.fullest(features=[one.pk for one in person.features]) if len(person.features) > 1 else None
    return next((one for one in person.features if fullest in (None, one.pk)), None)


def _of(person: Person, slug: str | None) -> Feature | None:
    return next((one for one in person.features if one.slug == slug), None)
