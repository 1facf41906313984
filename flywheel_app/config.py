"""Every setting that Flywheel reads from the environment or from `.env`, checked once at start."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from flywheel_app import bounded

# So much longer than the server's own limit does a web process wait for its answer.
GRACE_SECONDS = 5

# A host that vanished says nothing, not even that it is gone. Without these, who talks to it would wait for up to two
# hours, and PostgreSQL would keep for as long what it had locked.
_KEEPALIVES = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3}
_UNANSWERED = {"tcp_user_timeout": 6_000}  # milliseconds
NOTICING = {"connect_timeout": 5, **_KEEPALIVES, **_UNANSWERED}
"""How a process finds out about PostgreSQL, unless its address says otherwise."""
NOTICED = {f"tcp_{name}": value for name, value in _KEEPALIVES.items()} | _UNANSWERED
"""How PostgreSQL finds out about a process. An address of a socket needs neither."""

# What `flywheel_app.wsgi` sets where nobody set DATABASE_POOL: the eight threads that the manual starts, and two.
WEB_POOL = 10

ROOT = Path(__file__).resolve().parent.parent

MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
"""By the scheme of a mail server's address, where it says no port."""

BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
"""What S3 takes as a bucket's name."""

DOMAIN = re.compile(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}")


class Config(BaseSettings):
    """The table of settings; `docs/reference/settings.md` is checked against it by a test."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore", env_ignore_empty=True)

    database_url: str = Field(description="PostgreSQL 15 or later, as postgresql://user:password@host/name.")
    redis_url: str = Field(description="Redis or Valkey, as redis://host:6379/0 or unix:///path/to/socket.")
    secret_key: str = Field(
        min_length=32, description="Signs sessions and forms. At least 32 characters; may be rotated."
    )
    hash_key: str = Field(
        min_length=32,
        description="Keys user hashes, tombstones, random numbers and splits. At least 32 characters; never rotated.",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(description="Host names that Flywheel answers to, by comma.")
    storage_url: str = Field(
        description=(
            "Where datasets, uploads and the log of erasures are kept: file:///absolute/folder, or s3://bucket/prefix."
        )
    )
    aws_endpoint_url: str | None = Field(
        default=None, description="S3-compatible server other than Amazon's, for an s3:// storage: https://host:port."
    )
    aws_region: str | None = Field(
        default=None, description="The region of that bucket, where its server asks for one."
    )
    aws_access_key_id: str | None = Field(
        default=None,
        description="Who Flywheel is to that server. Empty: found as AWS's own tools do, such as by a role.",
    )
    aws_secret_access_key: str | None = Field(default=None, description="What proves it.")
    aws_session_token: str | None = Field(default=None, description="Beside them, where they are temporary.")
    exports_kept_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days after which the files of a dataset that is not pinned are removed; 0: never.",
    )
    export_workers: int = Field(
        default=4, ge=1, le=64, description="Worker processes that may write one large dataset at the same time."
    )
    https: bool = Field(default=True, description="Whether people reach Flywheel by HTTPS: secure cookies, HSTS.")
    database_pool: int = Field(
        default=0, ge=0, le=200, description="Connections a process keeps; 0 opens one a request."
    )
    database_timeout: int = Field(
        default=20,
        ge=0,
        le=3600,
        description="Seconds after which a web process gives up what it asked PostgreSQL and answers 503; 0: never.",
    )
    rate_limit: int = Field(
        default=1000,
        ge=0,
        le=1_000_000,
        description="Requests a second that an API token without a limit of its own may make; 0: any number.",
    )
    web_processes: int = Field(
        default=4,
        ge=1,
        le=10_000,
        description="Web processes on all hosts together: checked against PostgreSQL's max_connections.",
    )
    worker_processes: int = Field(
        default=2,
        ge=1,
        le=10_000,
        description="Processes of workers on all hosts together (the sum of --concurrency), for the same check.",
    )
    log_format: Literal["json", "plain"] = Field(
        default="json", description="Each line of the log: an object for machines (json), or for eyes (plain)."
    )
    judge_base_url: str | None = Field(
        default=None,
        description="OpenAI-compatible server that judges ask, up to before /chat/completions: http://host:port/v1.",
    )
    judge_api_key: str | None = Field(default=None, description="Sent to that server as a bearer token, if set.")
    judge_model: str | None = Field(default=None, description="The model that a new judge begins with.")
    webhook_networks: str | None = Field(
        default=None,
        description="Networks beside the public one that webhooks may call, by comma: 10.0.0.0/8. Only these by http://.",
    )
    mail_url: str | None = Field(
        default=None,
        description=(
            "The mail server that sends alarms, invitations and links for new passwords: smtp://user:password@host:587 "
            "(turned to TLS), or smtps:// from the start; smtp+plain:// without. Empty: none are sent."
        ),
    )
    mail_from: str | None = Field(default=None, description="Whom they come from: flywheel@example.com.")
    second_factor: Literal["optional", "admins", "everybody"] = Field(
        default="optional",
        description="Who has to sign in with a second factor: optional (who sets one up), admins, or everybody.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description=(
            "Proxies in front, each of which adds to X-Forwarded-For where a request comes from; 0: that header is not "
            "believed. Sign-ins are limited by that address."
        ),
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="People may also sign in at this OpenID provider: https://login.example.com/realm. Empty: nowhere.",
    )
    oidc_client_id: str | None = Field(
        default=None, validate_default=True, description="What Flywheel is called there; required with OIDC_ISSUER."
    )
    oidc_client_secret: str | None = Field(
        default=None, validate_default=True, description="What proves it; required with OIDC_ISSUER."
    )
    oidc_name: str = Field(default="single sign-on", description="What the button says: Sign in with …")
    oidc_admits: Literal["accounts", "invited", "domain"] = Field(
        default="accounts",
        description=(
            "Whom it lets in, by a verified email: who has an account here, who is invited too, or everybody of "
            "OIDC_DOMAIN too."
        ),
    )
    oidc_domain: str | None = Field(
        default=None, validate_default=True, description="Required for OIDC_ADMITS=domain: example.com."
    )
    oidc_role: Literal["annotator", "adjudicator", "engineer"] = Field(
        default="annotator", description="What who comes so by their domain becomes. An admin gives features."
    )
    flywheel_demo: bool = Field(
        default=False, description="Set by `make demo`: the sign-in page names the sample accounts."
    )

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ValueError("must start with postgresql://; Flywheel runs on no other database")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("storage_url")
    @classmethod
    def _is_storage(cls, value: str) -> str:
        parts = urlsplit(value)
        is_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        is_bucket = parts.scheme == "s3" and BUCKET.fullmatch(parts.netloc) and not (parts.query or parts.fragment)
        if not is_folder and not is_bucket:
            raise ValueError(
                "must be file:// and an absolute folder, such as file:///var/lib/flywheel, or s3:// and a bucket, such "
                "as s3://our-bucket/flywheel"
            )
        return value

    @field_validator("aws_endpoint_url")
    @classmethod
    def _is_endpoint(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must be http:// or https:// and a host, such as https://s3.example.com")
        return value

    @field_validator("judge_base_url")
    @classmethod
    def _is_server(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must be http:// or https:// and a host, such as https://api.example.com/v1")
        return value

    @field_validator("mail_url")
    @classmethod
    def _is_mail_server(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme not in MAIL_PORTS or not parts.hostname):
            raise ValueError("must be smtp://, smtps:// or smtp+plain:// and a host, such as smtp://mail.example.com")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must be http:// or https:// and a host, such as https://login.example.com/realm")
        return value

    @field_validator("oidc_client_id", "oidc_client_secret")
    @classmethod
    def _goes_with_issuer(cls, value: str | None, about: ValidationInfo) -> str | None:
        if about.data.get("oidc_issuer") and not value:
            raise ValueError("has to be set with OIDC_ISSUER")
        return value

    @field_validator("oidc_domain")
    @classmethod
    def _is_domain(cls, value: str | None, about: ValidationInfo) -> str | None:
        if about.data.get("oidc_admits") == "domain" and not value:
            raise ValueError("has to be set with OIDC_ADMITS=domain")
        if value and not DOMAIN.fullmatch(value):
            raise ValueError("must be a domain alone, such as example.com")
        return value.lower() if value else value

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, value: str | None) -> str | None:
        try:
            _networks(value)
        except ValueError as error:
            raise ValueError("must be networks by comma, such as 10.0.0.0/8,fd00::/8") from error
        return value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return [host.strip() for host in value.split(",") if host.strip()] if isinstance(value, str) else value

    @property
    def broker_url(self) -> str:
        """The same server in Celery's spelling, which names sockets differently from the Redis client."""
        return self.redis_url.replace("unix://", "redis+socket://", 1)

    @property
    def allowed_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return _networks(self.webhook_networks)

    @property
    def storage_folder(self) -> Path | None:
        """None where files are kept in a bucket."""
        parts = urlsplit(self.storage_url)
        return Path(parts.path) if parts.scheme == "file" else None

    @property
    def storage_bucket(self) -> dict[str, str] | None:
        """The fields of `annotation.storage.bucket.Access` that are set; None where files are kept in a folder."""
        parts = urlsplit(self.storage_url)
        if parts.scheme == "file":
            return None
        found = {
            "bucket": parts.netloc,
            "prefix": parts.path.strip("/"),
            "endpoint": (self.aws_endpoint_url or "").rstrip("/"),
            "region": self.aws_region,
            "access_key_id": self.aws_access_key_id,
            "secret_access_key": self.aws_secret_access_key,
            "session_token": self.aws_session_token,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def openid_apps(self) -> list[dict[str, Any]]:
        """The provider at which people may sign in, as allauth has it; none where none is set."""
        if not self.oidc_issuer:
            return []
        own = {"server_url": self.oidc_issuer.rstrip("/"), "issuer": self.oidc_issuer, "oauth_pkce_enabled": True}
        about = {"client_id": self.oidc_client_id, "secret": self.oidc_client_secret, "settings": own}
        return [{"provider_id": "oidc", "name": self.oidc_name} | about]

    def database(self) -> dict[str, Any]:
        """Django's `DATABASES["default"]`."""
        found = conninfo_to_dict(self.database_url)
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        database: dict[str, Any] = {names[key]: value for key, value in found.items() if key in names}
        options: dict[str, Any] = NOTICING | {key: value for key, value in found.items() if key not in names}
        options |= {"server_side_binding": True, "prepare_threshold": 5}
        if self.database_timeout:
            self._set(options, NOTICED)
        if self.database_pool:
            # Whoever waits longer than this is told so. A pool that gives up soon starts anew at the next request, so a
            # database that comes back is found within seconds and not after minutes of backing off.
            options["pool"] = {"min_size": 1, "max_size": self.database_pool, "timeout": 5, "reconnect_timeout": 5}
            options["pool"]["connection_class"] = bounded.PooledConnection
            if self.database_timeout:
                self._bound(options)
            # Connections that died with a former PostgreSQL are replaced before anybody meets them.
            database["CONN_HEALTH_CHECKS"] = True
        return database | {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0, "OPTIONS": options}

    def _bound(self, options: dict[str, Any]) -> None:
        """No request waits forever: the server ends what takes too long, and one that says nothing is left."""
        self._set(options, {"statement_timeout": f"{self.database_timeout}s"})
        options["pool"]["connection_class"] = bounded.waiting(seconds=self.database_timeout + GRACE_SECONDS)

    def _set(self, options: dict[str, Any], values: Mapping[str, object]) -> None:
        """What PostgreSQL itself keeps for a session."""
        own = [options["options"]] if "options" in options else []
        options["options"] = " ".join([*own, *(f"-c {name}={value}" for name, value in values.items())])


def _networks(value: str | None) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one.strip()) for one in (value or "").split(",") if one.strip())


def load() -> Config:
    """Read the settings, or end the process with one line for each that is missing or wrong."""
    try:
        return Config()
    except ValidationError as error:
        lines = [_sentence(found["loc"], found["type"], found["msg"]) for found in error.errors()]
        sys.exit(
            "Flywheel can't start:\n"
            + "\n".join(f"  {line}" for line in lines)
            + "\nSet them in the environment or in .env (docs/reference/settings.md lists all), "
            "or run `make demo`, which brings its own."
        )


def _sentence(loc: tuple[int | str, ...], kind: str, message: str) -> str:
    name = str(loc[0]).upper() if loc else "settings"
    return f"{name} is not set." if kind == "missing" else f"{name} {message.removeprefix('Value error, ')}."
