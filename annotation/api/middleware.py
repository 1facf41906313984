"""Errors that no endpoint answered (an unknown address, a wrong method, a crash) in the shape of all the others."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from annotation.api import problems, statuses, streams
from annotation.ingest import body

PREFIX = "/api/"
OTLP_PREFIX = "/otlp/"
# What else the answer said stays, such as its policy and its Allow.
OWN = {"Content-Type", "Content-Length"}


class RoomMiddleware:
    """Gives back the room that a request's body held, however the request ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            body.ROOM.leave()


class MachineMiddleware:
    """Who names a token has no session, no cookies and no messages: its request is answered without a look for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "Authorization" not in request.headers or not request.path.startswith((PREFIX, OTLP_PREFIX)):
            return self.get_response(request)
        request.resolver_match = found = resolve(request.path_info)
        answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return answer


class ProblemMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code < 400 or not request.path.startswith((PREFIX, OTLP_PREFIX)):
            return answer
        streams.drain(request)
        told = _status(request, answer) if request.path.startswith(OTLP_PREFIX) else _problem(answer)
        if told is not answer:
            for name in answer.headers.keys() - OWN:
                told.headers.setdefault(name, answer[name])
        return told


def _problem(answer: HttpResponse) -> HttpResponse:
    is_told = "json" in answer.get("Content-Type", "")
    return answer if is_told else problems.response(status=answer.status_code)


def _status(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    return answer if statuses.is_status(answer) else statuses.response(request, status=answer.status_code)
