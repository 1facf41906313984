"""Django's settings. What differs between places is in `config.py`; everything here is the same everywhere."""

from __future__ import annotations

import tomllib
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

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
    "django.contrib.sessions",
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
]

MIDDLEWARE = [
    "annotation.web.middleware.RequestMiddleware",
    "annotation.api.middleware.RoomMiddleware",
    "annotation.api.middleware.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "annotation.web.middleware.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "annotation.web.middleware.RefusalMiddleware",
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
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CONFIG.redis_url},
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

AUTHENTICATION_BACKENDS = ["annotation.web.sessions.Backend"]
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
ACCOUNT_SESSION_REMEMBER = True

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
X_FRAME_OPTIONS = "DENY"
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
    },
}
