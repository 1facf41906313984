"""Which of a person's features a page is about."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from annotation.access import Person
from annotation.models import Feature


def feature(request: HttpRequest, person: Person) -> Feature | None:
    """The feature that `?feature=` names, else the person's first; None for who has none. Another's is not found."""
    slug = request.GET.get("feature")
    if slug is None:
        return person.features[0] if person.features else None
    found = next((one for one in person.features if one.slug == slug), None)
    if found is None:
        raise Http404
    return found
