"""Who may come in: people, what they are members of, who is invited, who is signed in, and the tokens of machines."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

SCOPES = ("ingest", "label", "export", "loop", "read", "manage")
MAX_PER_SECOND = 1_000_000


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email=email, password=password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The email is the name one signs in with; roles are groups (`annotation.access`)."""

    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """A person works on a feature. Admins need none: they see every feature."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    feature = models.ForeignKey("annotation.Feature", on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "feature"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.feature}"


class Invitation(models.Model):
    """Somebody who may make an account of their own, with these roles and features, by a signed link.

    `round` counts the links that were made: only the last one opens. `sent_at` is null where no mail went out, so that
    the link has to be passed on.
    """

    email = models.EmailField()
    roles = ArrayField(models.CharField(max_length=20))
    feature_ids = ArrayField(models.BigIntegerField())
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    round = models.PositiveIntegerField(default=1)
    sent_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(withdrawn_at__isnull=True, used_at__isnull=True),
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(used_at__isnull=True), name="invitation_used_or_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return self.email


class Session(AbstractBaseSession):
    """A browser that Flywheel knows again. `user` is null until somebody signs in; `agent` is what it says it is."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    agent = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """What reads `session_data`: a part of the web, which the tables don't know."""
        found: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return found


class ApiToken(models.Model):
    """A machine's key. Only its hash is stored; `prefix` tells it apart in a list.

    `requests_per_second` is its own limit; null: the setting RATE_LIMIT. After a rotation the secret from before works
    on until `former_until`; null: there is none, or it was ended.
    """

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    token_hash = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=10))
    feature = models.ForeignKey("annotation.Feature", on_delete=models.CASCADE, null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    requests_per_second = models.PositiveIntegerField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    former_prefix = models.CharField(max_length=12, blank=True)
    former_hash = models.BinaryField(max_length=32, unique=True, null=True)
    former_until = models.DateTimeField(null=True, blank=True)
    former_last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(former_hash__isnull=True, former_until__isnull=True)
                | Q(former_hash__isnull=False, former_until__isnull=False),
                name="token_former_until",
            ),
            models.CheckConstraint(
                condition=Q(requests_per_second__isnull=True) | Q(requests_per_second__gte=1),
                name="token_requests_positive",
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(SCOPES)) & Q(scopes__len__gt=0), name="token_scopes_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
