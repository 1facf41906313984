"""Django's settings. What differs between places is in `config.py`; everything here is the same everywhere."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from flywheel_app import config

CONFIG = config.load()

SECRET_KEY = CONFIG.secret_key
HASH_KEY = CONFIG.hash_key.encode()
ALLOWED_HOSTS = CONFIG.allowed_hosts
# One of the two.
STORAGE_FOLDER = CONFIG.storage_folder
STORAGE_BUCKET = CONFIG.storage_bucket
EXPORTS_KEPT_DAYS = CONFIG.exports_kept_days
EXPORT_WORKERS = CONFIG.export_workers
VERSION = tomllib.loads((config.ROOT / "pyproject.toml").read_text())["project"]["version"]
DEMO = CONFIG.flywheel_demo
DEBUG = False

ROOT_URLCONF = "flywheel_app.urls"
WSGI_APPLICATION = "flywheel_app.wsgi.application"
AUTH_USER_MODEL = "annotation.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = None

INSTALLED_APPS = [
    "annotation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "pgtrigger",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
]

MIDDLEWARE = [
    "annotation.web.middleware.RequestMiddleware",
    "annotation.api.middleware.RoomMiddleware",
    "annotation.api.middleware.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "annotation.web.middleware.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "annotation.web.middleware.DatabaseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "annotation.api.middleware.MachineMiddleware",
    "annotation.web.sessions.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "annotation.web.sessions.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "annotation.web.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [config.ROOT / "templates"],
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials", "annotation.templatetags.flywheel"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "annotation.web.context.page",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
        },
    }
]

# --- Database, cache, broker

DATABASES = {"default": CONFIG.database()}
# Sessions stay in PostgreSQL: a flushed cache signs nobody out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CONFIG.redis_url,
        # Somebody waits to sign in: the client's own would try eleven times for five seconds.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 1)},
    },
}
REDIS_URL = CONFIG.redis_url
WEB_PROCESSES = CONFIG.web_processes
WORKER_PROCESSES = CONFIG.worker_processes
# Commands keep no pool, and are asked about that of web processes.
WEB_POOL = CONFIG.database_pool or config.WEB_POOL
RATE_LIMIT = CONFIG.rate_limit
CELERY_BROKER_URL = CONFIG.broker_url
JUDGE_BASE_URL = CONFIG.judge_base_url
JUDGE_API_KEY = CONFIG.judge_api_key
JUDGE_MODEL = CONFIG.judge_model
WEBHOOK_NETWORKS = CONFIG.allowed_networks
_mail = urlsplit(CONFIG.mail_url or "")
MAIL_FROM = CONFIG.mail_from if CONFIG.mail_url else None
EMAIL_HOST = _mail.hostname or ""
EMAIL_PORT = _mail.port or config.MAIL_PORTS.get(_mail.scheme, 0)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_TLS = _mail.scheme == "smtp"
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_TIMEOUT = 20
# What a mail links to.
PUBLIC_URL = f"{'https' if CONFIG.https else 'http'}://{CONFIG.allowed_hosts[0]}"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# A file is taken from who is signed in, up to a bound, and goes to the disk as it comes.
FILE_UPLOAD_HANDLERS = [
    "annotation.web.imports.upload.Bounded",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
MIGRATION_MODULES = {"annotation": "annotation.migrations"}

# --- People

# The first refuses who guesses, before any password is looked at.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "annotation.web.sessions.Backend"]
SESSION_ENGINE = "annotation.web.sessions"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "annotation.web.account.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Whether a session outlives its browser is asked for when signing in.
ACCOUNT_SESSION_REMEMBER = None
TRUSTED_PROXIES = CONFIG.trusted_proxies
# By address; and by account however many addresses guess, far above what locks one of them out.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,50/h/key", "reset_password": "20/h/ip,5/h/key"}
# Seconds. So long a link for a new password opens.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_FORM_FIELD = "email"
AXES_USERNAME_CALLABLE = "annotation.access.lockouts.name_in"
AXES_CLIENT_IP_CALLABLE = "annotation.web.client.address"
AXES_LOCKOUT_CALLABLE = "annotation.web.accounts.lockouts.refused"
# What was typed is stored nowhere.
AXES_SENSITIVE_PARAMETERS = ["login", "password", "csrfmiddlewaretoken", "next", "remember", "code"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
OIDC_ADMITS = CONFIG.oidc_admits
OIDC_DOMAIN = CONFIG.oidc_domain
OIDC_ROLE = CONFIG.oidc_role
SOCIALACCOUNT_ADAPTER = "annotation.web.accounts.sso.Adapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "annotation.web.accounts.sso.Provider",
        "APPS": CONFIG.openid_apps,
    }
}
SECOND_FACTOR = CONFIG.second_factor
MFA_ADAPTER = "annotation.web.accounts.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# There are no confirmed addresses: an admin vouches for people.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Flywheel"
# A clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1

# --- Language and time

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files

STATIC_URL = "static/"
# Found in place, so nothing has to be collected before the first start. Pages name files by their content
# (`{% versioned %}`), so browsers may keep them.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 7 * 24 * 3600
WHITENOISE_AUTOREFRESH = False

# --- Security

SECURE_SSL_REDIRECT = CONFIG.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.https else None
SECURE_HSTS_SECONDS = 31_536_000 if CONFIG.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIG.https
SECURE_HSTS_PRELOAD = CONFIG.https
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CONFIG.https
CSRF_COOKIE_SECURE = CONFIG.https
CSRF_FAILURE_VIEW = "annotation.web.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
# Of every answer that doesn't say otherwise itself.
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- Logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "annotation.lib.logs.formatter", "kind": CONFIG.log_format}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Django's own would write to the same place a second time, in another shape.
    "loggers": {
        "annotation": {"level": "INFO"},
        "flywheel_app": {"level": "INFO"},
        "django": {"handlers": [], "level": "ERROR"},
        "django.server": {"handlers": [], "propagate": False},
        # It names accounts and addresses; `/manage/accounts/` shows to admins who is locked out.
        "axes": {"level": "CRITICAL"},
    },
}
