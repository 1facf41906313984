"""Which of a person's features a page is about."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.access import Person
from annotation.models import Feature

Arguments = ParamSpec("Arguments")


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
    """The feature that `?feature=` names, else the person's first; None for who has none. Another's is not found."""
    slug = request.GET.get("feature")
    if slug is None:
        return person.features[0] if person.features else None
    found = next((one for one in person.features if one.slug == slug), None)
    if found is None:
        raise Http404
    return found
