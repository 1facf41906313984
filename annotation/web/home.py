"""`/` sends each person to their work."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from annotation.access import Person
from annotation.web import navigation
from annotation.web.roles import needs


@require_safe
@needs()
def home(request: HttpRequest, person: Person) -> HttpResponse:
    address = navigation.home(person)
    return redirect(address) if address else render(request, "home.html")
