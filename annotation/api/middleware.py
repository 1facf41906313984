"""Errors that no endpoint answered (an unknown address, a wrong method, a crash) in the shape of all the others."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from annotation.api import problems

PREFIX = "/api/"


class ProblemMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if not request.path.startswith(PREFIX) or not _is_bare_error(answer):
            return answer
        problem = problems.response(status=answer.status_code)
        if "Allow" in answer:
            problem["Allow"] = answer["Allow"]
        return problem


def _is_bare_error(answer: HttpResponse) -> bool:
    return answer.status_code >= 400 and "json" not in answer.get("Content-Type", "")
