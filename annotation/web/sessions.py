"""Who is signed in: a session, its person and what every page asks about them, read once a request by one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

import orjson
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.core import signing
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from annotation import access, loading
from annotation.models import Rater, Session, User
from annotation.web import client

SEEN_STEP: Final = timedelta(minutes=5)
"""`seen_at` tells hours apart, so that not each request writes."""

BACKEND: Final = "annotation.web.sessions.Backend"

_PERSON: Final[dict[str, type[Model]]] = {"t": User, "r": Rater}
_RATER: Final = "LEFT JOIN annotation_rater r ON r.user_id = t.id"
_USER: Final = f"annotation_user t {_RATER} WHERE t.id = $1 AND t.is_active"
_SESSION: Final = f"""
annotation_session s LEFT JOIN annotation_user t ON t.id = s.user_id AND t.is_active {_RATER}
WHERE s.session_key = $1 AND s.expire_date > $2
"""
_ALSO: Final = f"""
ARRAY({access.GROUPS.format(user="t.id")}),
EXISTS (SELECT FROM mfa_authenticator m WHERE m.user_id = t.id AND m.type IN ('totp', 'webauthn'))
"""


def _person(user: Any, rater: Rater | None, groups: list[str], has_factor: bool) -> User | None:
    """The person with what every page asks about them: the rater that they are, their groups, and whether they have a
    second factor (`roles`)."""
    if user is None:
        return None
    if rater is not None:
        user.rater = rater
    user.group_names = groups
    user.has_factor = has_factor
    found: User = user
    return found


class _Text:
    """In place of a serializer: what was signed, as it is."""

    def loads(self, data: bytes) -> bytes:
        return data


@lru_cache(maxsize=1_000)
def _as_signed(data: str, salt: str) -> bytes:
    """What a session holds, as JSON. Raises BadSignature. It is looked at with each request and changes seldom."""
    found: bytes = signing.loads(data, salt=salt, serializer=_Text)  # type: ignore[arg-type]  # it writes nothing
    return found


class SessionStore(db.SessionStore):
    """Django's own, in a table that says whose a session is. What every request asks is not put together anew."""

    agent = ""
    user: User | None = None
    """Whose it is, as it was read; what it holds says whether that is so."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        now = timezone.now()
        parameters = [self.session_key, now]
        for *read, data, seen_at in loading.joined(
            _PERSON, _SESSION, parameters, also=f"{_ALSO}, s.session_data, s.seen_at"
        ):
            self.user = _person(*read)
            if now - seen_at > SEEN_STEP:
                Session.objects.filter(pk=self.session_key).update(seen_at=now, agent=self.agent)
            return self.decode(data)
        self._session_key = None
        return {}

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            sent = _as_signed(str(session_data), self.key_salt)
        except signing.BadSignature:
            return super().decode(session_data)  # which notes it
        found: dict[str, Any] = orjson.loads(sent)
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]  # not in the stubs
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=_user_id(data),
            agent=self.agent,
            began_at=now,
            seen_at=now,
        )

    def save(self, must_create: bool = False) -> None:
        """Of one that exists what has changed; raises UpdateError where it was ended meanwhile."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        data = self._get_session()  # type: ignore[attr-defined]  # not in the stubs
        changed = {
            "session_data": self.encode(data),
            "expire_date": self.get_expiry_date(),
            "user_id": _user_id(data),
        }
        if not Session.objects.filter(pk=self.session_key).update(**changed):
            raise UpdateError


def _user_id(data: dict[str, Any]) -> int | None:
    return int(data[SESSION_KEY]) if SESSION_KEY in data else None


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's own; a new session notes which browser it is of."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.SessionStore = SessionStore

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session.agent = client.agent(request)  # type: ignore[attr-defined]  # our own store's


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    def get_user(self, user_id: int) -> User | None:
        for read in loading.joined(_PERSON, _USER, [user_id], also=_ALSO):
            return _person(*read)
        return None


class PersonMiddleware(AuthenticationMiddleware):
    """Django's own, which asks for nobody who was read with their session already."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _signed_in(request) or get_user(request))  # type: ignore[assignment]


def _signed_in(request: HttpRequest) -> User | None:
    """Who was read with the session, if it is theirs and from after they chose their password. None: Django finds out,
    and ends a session that is nobody's any more."""
    session = request.session
    held = session.get(SESSION_KEY), session.get(BACKEND_SESSION_KEY)
    user: User | None = session.user  # type: ignore[attr-defined]  # our own store's, there once it was read
    if user is None or held != (str(user.pk), BACKEND):
        return None
    is_theirs = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return user if is_theirs else None
