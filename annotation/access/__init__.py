"""Who may do what: roles of people, membership by feature, tokens of machines.

Beside it: `accounts` (changing them, sessions, second factors), `invitations`, `lockouts`, `rotation` of tokens, and
`recent`: tokens as they were read of late.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet

from annotation import audit, loading
from annotation.errors import Refusal
from annotation.lib import logs
from annotation.lib.pace import Pace
from annotation.models import ApiToken, Feature, Membership, User
from annotation.models.access import SCOPES

ANNOTATOR = "annotator"
ADJUDICATOR = "adjudicator"
ENGINEER = "engineer"
ADMIN = "admin"
ROLES = (ANNOTATOR, ADJUDICATOR, ENGINEER, ADMIN)

# `last_used_at` tells days apart, so a busy token need not write at each request.
LAST_USED_STEP = timedelta(minutes=1)

VERSION = "concat(t.ctid, ' ', t.xmin)"
"""SQL: which version of its row a token was read from. Each change makes another one."""

pace = Pace(settings.REDIS_URL)

GROUPS = "SELECT name FROM auth_group g JOIN annotation_user_groups u ON u.group_id = g.id WHERE u.user_id = {user}"
"""SQL: the names of the groups that a user is in; `user` is an expression."""


class UnknownScope(Refusal):
    """There is no scope {scope}. The scopes are: ingest, label, export, loop, read, manage."""

    code = "unknown_scope"


class NoScope(Refusal):
    """A token needs at least one scope. The scopes are: ingest, label, export, loop, read, manage."""

    code = "no_scope"


class UnknownRole(Refusal):
    """There is no role {role}. The roles are: annotator, adjudicator, engineer, admin."""

    code = "unknown_role"


class NotYourFeature(Refusal):
    """You may make tokens for features that you work on, and {feature} is none of them. Ask an admin for a token."""

    code = "not_your_feature"
    status = 403


class TooFast(Refusal):
    """This token may make {limit} a second, and has made more. Wait {seconds} s, as Retry-After says, then send the
    same request again. An admin can raise the limit, or give each sender a token of its own."""

    code = "rate_limited"
    status = 429

    def __init__(self, *, per_second: int, wait: float) -> None:
        seconds = max(1, math.ceil(wait))
        super().__init__(limit=f"{per_second:,} request{'s' if per_second > 1 else ''}", seconds=seconds)
        self.headers = {"Retry-After": str(seconds)}


class Person:
    """A signed-in person with roles and features, read once a request. `groups`: those that were read with the user."""

    def __init__(self, user: User, *, groups: Iterable[str] | None = None) -> None:
        self.user = user
        self._groups = groups

    @cached_property
    def roles(self) -> frozenset[str]:
        found = self._groups
        if found is None:
            found = [name for (name,) in loading.asked(GROUPS.format(user="$1"), [self.user.pk])]
        return frozenset([*found, ADMIN] if self.user.is_superuser else found)

    def has(self, *roles: str) -> bool:
        """Whether the person has any of these roles; an admin has each."""
        return ADMIN in self.roles or any(role in self.roles for role in roles)

    @cached_property
    def features(self) -> list[Feature]:
        return list(features_of(self))


def features_of(person: Person) -> QuerySet[Feature]:
    """The features that a person may see: all for an admin, else those of the memberships."""
    if ADMIN in person.roles:
        return Feature.objects.all()
    return Feature.objects.filter(memberships__user=person.user)


def ensure_roles() -> None:
    """Make the groups behind the roles. Harmless when they exist."""
    for role in ROLES:
        Group.objects.get_or_create(name=role)


@transaction.atomic
def give(*, user: User, roles: Iterable[str], features: Iterable[Feature], actor: audit.Actor, now: datetime) -> None:
    """Give a person these roles and memberships, beside what the person has."""
    wanted = list(roles)
    for role in wanted:
        if role not in ROLES:
            raise UnknownRole(role=role)
    ensure_roles()
    user.groups.add(*Group.objects.filter(name__in=wanted))
    chosen = list(features)
    Membership.objects.bulk_create([Membership(user=user, feature=one) for one in chosen], ignore_conflicts=True)
    data = {"roles": wanted, "features": [one.slug for one in chosen]}
    audit.record(actor=actor, verb="access.given", target=("user", user.pk), now=now, data=data)


@transaction.atomic
def add_person(
    *, email: str, name: str, roles: Iterable[str], features: Iterable[Feature], actor: audit.Actor, now: datetime
) -> tuple[User, str | None]:
    """The person with this email, given these roles and memberships beside those they have.

    A new one gets a random password, which is returned and can't be read again; a known one keeps theirs.
    """
    found = User.objects.filter(email__iexact=email).first()
    password = None if found else secrets.token_urlsafe(12)
    user = found or User.objects.create_user(email=email, password=password, name=name)
    give(user=user, roles=roles, features=features, actor=actor, now=now)
    return user, password


@transaction.atomic
def create_token(
    *,
    name: str,
    scopes: Iterable[str],
    actor: audit.Actor,
    now: datetime,
    feature: Feature | None = None,
    expires_at: datetime | None = None,
    requests_per_second: int | None = None,
    secret: str | None = None,
) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which can't be read again. The secret starts with `fw_`."""
    wanted = sorted(set(scopes))
    if not wanted:
        raise NoScope
    for scope in wanted:
        if scope not in SCOPES:
            raise UnknownScope(scope=scope)
    secret = secret or f"fw_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        name=name,
        prefix=secret[:10],
        token_hash=secret_hash(secret),
        scopes=wanted,
        feature=feature,
        created_by=actor.user,
        created_at=now,
        expires_at=expires_at,
        requests_per_second=requests_per_second,
    )
    data = {
        "scopes": wanted,
        "expires_at": expires_at.isoformat() if expires_at else None,
        "requests_per_second": requests_per_second,
    }
    audit.record(actor=actor, verb="token.created", target=("token", token.pk), feature=feature, now=now, data=data)
    return token, secret


def create_sender_token(*, person: Person, feature: Feature, now: datetime) -> tuple[ApiToken, str]:
    """Make a token that can do one thing: send for this feature. Engineers may, for the features that they work on."""
    if not person.has(ENGINEER) or feature not in person.features:
        raise NotYourFeature(feature=feature.slug)
    name = f"sender of {feature.slug}"[:100]
    return create_token(name=name, scopes=["ingest"], feature=feature, actor=audit.Actor(user=person.user), now=now)


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: audit.Actor, now: datetime) -> None:
    """From now on the token is refused. Revoking it again changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        audit.record(actor=actor, verb="token.revoked", target=("token", token.pk), feature=token.feature, now=now)


class Reading(NamedTuple):
    """A token, the version of its row that was read, and the hash of the secret by which it was found."""

    token: ApiToken
    version: str
    asked: bytes

    @property
    def is_former(self) -> bool:
        """Whether the secret is the one from before a rotation, which works on for a while."""
        return bytes(self.token.token_hash) != self.asked

    def is_live(self, now: datetime) -> bool:
        """Whether the secret opens anything at this time, as far as this version says."""
        token = self.token
        is_known = not self.is_former or (token.former_until is not None and now < token.former_until)
        return is_known and (token.expires_at is None or now < token.expires_at)

    def is_use_due(self, now: datetime) -> bool:
        """Whether it is time to note that it is used."""
        last = self.token.former_last_used_at if self.is_former else self.token.last_used_at
        return last is None or now - last > LAST_USED_STEP


def token_of(*, secret: str, now: datetime) -> ApiToken | None:
    """The live token with this secret, or None when it is unknown, expired or revoked. Each call is one request made
    with it: raises TooFast where it makes more than it may."""
    found = reading_of(secret=secret, now=now)
    return None if found is None else found.token


def reading_of(*, secret: str, now: datetime) -> Reading | None:
    """As `token_of`, with the version of its row."""
    found = read(asked=secret_hash(secret), now=now)
    if found is None:
        return None
    let_in(found.token)
    return _noted(found, now) if found.is_use_due(now) else found


def _noted(found: Reading, now: datetime) -> Reading:
    """Note its use, and return the version that this makes; none where somebody changed it since it was read."""
    column = "former_last_used_at" if found.is_former else "last_used_at"
    version = loading.asked(
        f"UPDATE annotation_apitoken t SET {column} = $1 WHERE t.id = $2 AND {VERSION} = $3 RETURNING {VERSION}",  # noqa: S608 - our own names
        [now, found.token.pk, found.version],
    )
    if not version:
        return found
    setattr(found.token, column, now)
    return found._replace(version=version[0][0])


def read(*, asked: bytes, now: datetime) -> Reading | None:
    """The live token whose secret has this hash: as `reading_of`, for a request that was counted before."""
    source = "annotation_apitoken t WHERE (t.token_hash = $1 OR t.former_hash = $1) AND t.revoked_at IS NULL"
    rows = loading.joined({"t": ApiToken}, source, [asked], also=VERSION)
    found = [Reading(token, version, asked) for token, version in rows]
    return next((one for one in found if one.is_live(now)), None)


def let_in(token: ApiToken) -> None:
    """Count a request, and name its token in what is logged of it."""
    logs.add(token=str(token.pk))
    per_second = token.requests_per_second or settings.RATE_LIMIT
    if not per_second:
        return
    # By hash and not by id: installations may share a Redis. Both secrets of a token have one limit.
    wait = pace.wait(bytes(token.token_hash).hex()[:32], per_second=per_second)
    if wait:
        raise TooFast(per_second=per_second, wait=wait)


def secret_hash(secret: str) -> bytes:
    # The secret has 256 random bits: a plain hash can't be guessed back, and a slow one would cost each request.
    return hashlib.sha256(secret.encode()).digest()
