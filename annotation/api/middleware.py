"""Errors that no endpoint answered (an unknown address, a wrong method, a crash) in the shape of all the others."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from annotation.api import problems, streams
from annotation.ingest import body

PREFIX = "/api/"
CARRIED = {"Allow", "Retry-After"}


class RoomMiddleware:
    """Gives back the room that a request's body held, however the request ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            body.ROOM.leave()


class ProblemMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code < 400 or not request.path.startswith(PREFIX):
            return answer
        streams.drain(request)
        if "json" in answer.get("Content-Type", ""):
            return answer
        problem = problems.response(status=answer.status_code)
        for name in CARRIED & answer.headers.keys():
            problem[name] = answer[name]
        return problem
