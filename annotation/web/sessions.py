"""Who is signed in, read once a request: sessions in PostgreSQL, and Django's users, each by one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from annotation import access, loading
from annotation.models import Rater, Session, User
from annotation.web import client

SEEN_STEP: Final = timedelta(minutes=5)
"""`seen_at` tells hours apart, so that not each request writes."""


class SessionStore(db.SessionStore):
    """Django's own, in a table that says whose a session is. What every request asks is not put together anew."""

    agent = ""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        statement = "SELECT session_data, seen_at FROM annotation_session WHERE session_key = $1 AND expire_date > $2"
        now = timezone.now()
        for data, seen_at in loading.asked(statement, [self.session_key, now]):
            if now - seen_at > SEEN_STEP:
                Session.objects.filter(pk=self.session_key).update(seen_at=now, agent=self.agent)
            return self.decode(data)
        self._session_key = None
        return {}

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


_PERSON: Final = "annotation_user t LEFT JOIN annotation_rater r ON r.user_id = t.id WHERE t.id = $1 AND t.is_active"
_GROUPS: Final = f"ARRAY({access.GROUPS.format(user='t.id')})"
_FACTOR: Final = "EXISTS (SELECT FROM mfa_authenticator m WHERE m.user_id = t.id AND m.type IN ('totp', 'webauthn'))"


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    def get_user(self, user_id: int) -> User | None:
        """The person with what every page asks about them: the rater that they are, their groups, and whether they
        have a second factor (`roles`)."""
        also = f"{_GROUPS}, {_FACTOR}"
        for user, rater, groups, has_factor in loading.joined({"t": User, "r": Rater}, _PERSON, [user_id], also=also):
            if rater is not None:
                user.rater = rater
            user.group_names = groups
            user.has_factor = has_factor
            found: User = user
            return found
        return None
