"""Refusals and errors as pages: what happened, and what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.errors import Refusal


def refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
    return render(request, "error.html", {"message": error.message, "status": error.status}, status=error.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = (
        "This form is out of date: you signed in or out in another window since it was opened, or cookies are off. "
        "Go back, reload the page and send it again; what you typed is still in the form."
    )
    return render(request, "error.html", {"message": message, "status": 403}, status=403)
