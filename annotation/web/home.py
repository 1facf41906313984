"""`/` sends each person to their work."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotation.access import Person
from annotation.web import navigation
from annotation.web.roles import needs


@needs()
def home(request: HttpRequest, person: Person) -> HttpResponse:
    address = navigation.home(person)
    return redirect(address) if address else render(request, "home.html")
