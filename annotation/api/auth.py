"""Who calls: a token with scopes, maybe bound to one feature."""

from __future__ import annotations

from typing import TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from annotation import access, audit
from annotation.access import Reading, recent
from annotation.errors import Refusal
from annotation.models import ApiToken, Feature
from annotation.models.access import SCOPES

Row = TypeVar("Row", bound=Model)


class ApiRequest(HttpRequest):
    """A request that passed `Bearer`; `reading` is its token as it was read."""

    auth: ApiToken
    reading: Reading


class MissingScope(Refusal):
    """This token lacks the scope “{scope}”. Make one that has it: manage.py create_token --scopes {scope}."""

    code = "missing_scope"
    status = 403


class ForeignFeature(Refusal):
    """This token is bound to the feature “{own}” and can't touch another one. Use a token of that feature."""

    code = "forbidden_feature"
    status = 403


class UnknownFeature(Refusal):
    """There is no feature “{slug}”. Make it with POST /api/v1/features, or mend the name."""

    code = "unknown_feature"
    status = 404


class Bearer(HttpBearer):
    """Lets in live tokens that have the scope: 401 without a token, 403 without the scope.

    `is_checked`: by what was read of the token of late. The endpoint checks the request's `reading` where it writes.
    """

    def __init__(self, scope: str, *, is_checked: bool = False) -> None:
        if scope not in SCOPES:
            raise ValueError(f"{scope} is not a scope")
        super().__init__()
        self.scope = scope
        self.is_checked = is_checked

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        read = recent.reading_of if self.is_checked else access.reading_of
        return self._token(request, read(secret=token.strip(), now=timezone.now()))

    def anew(self, request: ApiRequest) -> None:
        """Read the token of a request that was let in as it is now. Raises what the request is answered with if it
        opens nothing any more."""
        token = self._token(request, recent.anew(request.reading, now=timezone.now()))
        if token is None:
            raise AuthenticationError
        request.auth = token

    def _token(self, request: HttpRequest, found: Reading | None) -> ApiToken | None:
        if found is None:
            return None
        if self.scope not in found.token.scopes:
            raise MissingScope(scope=self.scope)
        cast("ApiRequest", request).reading = found
        return found.token


def scope(name: str) -> Bearer:
    return Bearer(name)


def actor(request: ApiRequest) -> audit.Actor:
    return audit.Actor(token=request.auth)


def feature(request: ApiRequest, slug: str) -> Feature:
    """The feature with this slug, if it exists and the token may see it."""
    check_feature(request, slug)
    found = Feature.objects.filter(slug=slug).first()
    if found is None:
        raise UnknownFeature(slug=slug[:100])
    return found


def check_feature(request: ApiRequest, slug: str) -> None:
    own = request.auth.feature
    if own is not None and own.slug != slug:
        raise ForeignFeature(own=own.slug)


def features(request: ApiRequest, slug: str | None) -> QuerySet[Feature]:
    """Those that the token may see, or of them the one that is named."""
    if slug is not None:
        return Feature.objects.filter(pk=feature(request, slug).pk)
    return visible(request, Feature.objects.all(), by="pk")


def visible(request: ApiRequest, rows: QuerySet[Row], *, by: str = "feature") -> QuerySet[Row]:
    """Of these rows those that the token may see; `by` is the path to the row's feature."""
    own = request.auth.feature_id
    return rows if own is None else rows.filter(**{by: own})
