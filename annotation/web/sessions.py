"""Who is signed in, read once a request: Django's sessions in PostgreSQL, and its users, each by one statement."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.utils import timezone

from annotation import access, loading
from annotation.models import Rater, User


class SessionStore(db.SessionStore):
    """Django's own, also where it is stored; only what every request asks is not put together anew each time."""

    def load(self) -> dict[str, Any]:
        statement = "SELECT session_data FROM django_session WHERE session_key = $1 AND expire_date > $2"
        for (data,) in loading.asked(statement, [self.session_key, timezone.now()]):
            return self.decode(data)
        self._session_key = None
        return {}


_PERSON: Final = "annotation_user t LEFT JOIN annotation_rater r ON r.user_id = t.id WHERE t.id = $1 AND t.is_active"
_GROUPS: Final = f"ARRAY({access.GROUPS.format(user='t.id')})"


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    def get_user(self, user_id: int) -> User | None:
        """The person with what every page asks about them: the rater that they are, and their groups (`roles`)."""
        for user, rater, groups in loading.joined({"t": User, "r": Rater}, _PERSON, [user_id], also=_GROUPS):
            if rater is not None:
                user.rater = rater
            user.group_names = groups
            found: User = user
            return found
        return None
