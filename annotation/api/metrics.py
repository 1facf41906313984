"""GET /metrics: figures of the whole installation, for Prometheus."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation.api import auth, problems
from annotation.errors import Refusal
from annotation.operations import figures

_reader = auth.scope("read")


class WholeInstallation(Refusal):
    """These figures are of all features, and this token is bound to the feature “{own}”. Use one that is bound to
    none."""

    code = "forbidden_feature"
    status = 403


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        token = _reader(request)
        if token is None:
            return problems.response(status=401)
        if token.feature is not None:
            raise WholeInstallation(own=token.feature.slug)
    except Refusal as refusal:
        return problems.refused(request, refusal)
    return HttpResponse(figures.text(now=timezone.now()), content_type=figures.CONTENT_TYPE)
