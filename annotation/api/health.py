"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from annotation.operations import readiness


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    missing = readiness.missing()
    if not missing:
        return JsonResponse({"status": "ready", "missing": []})
    detail = f"Not ready: {' and '.join(missing)} can't be reached. {readiness.HINTS[missing[0]]}"
    return JsonResponse({"status": "not_ready", "missing": missing, "detail": detail}, status=503)
