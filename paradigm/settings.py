"""Configuration, all of it from environment variables; the README has the table.

Without any it runs on one machine from one folder: SQLite, local disk, no secrets
to make up. `DATABASE_URL`, `ARTIFACTS_LIVE_STORE` and `ARTIFACTS_PERSISTED_STORE`
take it to PostgreSQL, Redis and S3.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from paradigm.secret_key import kept_secret_key
from paradigm.storages import storage

env = environ.Env()


def _text(variable: str, default: str = "") -> str:
    """Read a variable; one that is empty, as compose files have them, is not set."""
    return env.str(variable, "").strip() or default


def _list(variable: str, default: list[str]) -> list[str]:
    return [part.strip() for part in _text(variable).split(",") if part] or default


def _int(variable: str, default: int) -> int:
    try:
        return int(_text(variable) or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{variable} is not a whole number.") from error


def _bool(variable: str) -> bool:
    value = _text(variable).lower()
    if value in env.BOOLEAN_TRUE_STRINGS:
        return True
    if value in ("", "false", "off", "n", "no", "0"):
        return False
    raise ImproperlyConfigured(f"{variable} is on or off.")


BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(_text("ARTIFACTS_DATA_DIR") or BASE_DIR / "var")


def _make_data_dir() -> None:
    """Make the folder before anything is opened in it; the owner alone may enter."""
    try:
        DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"ARTIFACTS_DATA_DIR: {error}") from error


def _kept_secret_key() -> str:
    _make_data_dir()
    try:
        return kept_secret_key(DATA_DIR / "secret_key")
    except OSError as error:
        raise ImproperlyConfigured(f"SECRET_KEY: {error}") from error


DEBUG = _bool("DEBUG")
SECRET_KEY = _text("SECRET_KEY") or _kept_secret_key()
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = _list("CSRF_TRUSTED_ORIGINS", [])

# Behind a proxy that ends TLS and sets X-Forwarded-Proto itself.
if _bool("BEHIND_TLS_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = _int("SECURE_HSTS_SECONDS", 3600)

INSTALLED_APPS = [
    "artifacts",  # first: its templates replace Django's and DRF's
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "artifacts.api.middleware.BearerMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "artifacts.api.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "artifacts.api.middleware.AuthenticationMiddleware",
    "artifacts.api.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "paradigm.urls"
WSGI_APPLICATION = "paradigm.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database ---------------------------------------------------------------------

# The folder is no part of a URL: its name may have a `#`, a `+` or a `?`.
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "artifacts.databases.sqlite3",
        "NAME": str(DATA_DIR / "db.sqlite3"),
    }
}
if _url := _text("DATABASE_URL"):
    try:
        DATABASES["default"] = env.db_url_config(_url)
    except ValueError:
        DATABASES["default"] = {}  # refused in a moment
_database = DATABASES["default"]
if "ENGINE" not in _database:
    raise ImproperlyConfigured(
        "DATABASE_URL is not the URL of a database: postgres://user:password@host/name."
    )
_database["ENGINE"] = _database["ENGINE"].replace(
    "django.db.backends.", "artifacts.databases."
)
if _database["ENGINE"] == "artifacts.databases.sqlite3":
    _make_data_dir()
    _database["CONN_MAX_AGE"] = None
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # threads share a file
    _database["OPTIONS"] = {
        # A transaction that begins by reading could not be retried once it writes.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # FULL: in WAL mode NORMAL may lose acknowledged rows when the power fails.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        **_database.get("OPTIONS", {}),
    }
elif _database["ENGINE"] == "artifacts.databases.postgresql":
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "pool": {"size": _int("DATABASE_POOL_SIZE", 16)},
    }
else:
    raise ImproperlyConfigured("DATABASE_URL names neither PostgreSQL nor SQLite.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Throttles count there; with several processes they count together only in Redis.
try:
    _url = _text("CACHE_URL", "locmemcache://")
    _ = urlsplit(_url).port  # raises ValueError where it is not a number
    CACHES = {"default": env.cache_url_config(_url)}
except (ImproperlyConfigured, ValueError) as error:
    raise ImproperlyConfigured("CACHE_URL is not redis://host:6379/1.") from error
if CACHES["default"]["BACKEND"].endswith("LocMemCache"):
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 100_000}  # one for each caller
elif CACHES["default"]["BACKEND"].endswith("RedisCache"):
    CACHES["default"]["OPTIONS"] = {
        "socket_connect_timeout": 3,
        "socket_timeout": 5,
        **CACHES["default"].get("OPTIONS", {}),
    }

# --- Stores -----------------------------------------------------------------------


def _store(variable: str, folder: str) -> dict[str, object]:
    place = _text(variable, "disk")
    if place == "disk":
        _make_data_dir()
    try:
        return storage(place, data_dir=DATA_DIR, folder=folder)
    except ValueError as error:
        raise ImproperlyConfigured(f"{variable}: {error}") from error


STORAGES = {
    "default": _store("ARTIFACTS_PERSISTED_STORE", "persisted"),
    "live": _store("ARTIFACTS_LIVE_STORE", "live"),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Artifacts: see artifacts/conf.py for what each one means ------------------------

ARTIFACTS_STAGING_DIR = _text("ARTIFACTS_STAGING_DIR", str(DATA_DIR / "staging"))
ARTIFACTS_DELIVERY = _text("ARTIFACTS_DELIVERY", "stream")
for _name, _default in {
    "ARTIFACTS_MAX_BYTES": 2 * 1024**3,
    "ARTIFACTS_REDIRECT_SECONDS": 60,
    "ARTIFACTS_IDLE_SECONDS": 3600,
    "ARTIFACTS_SWEEP_SECONDS": 10,
    "ARTIFACTS_GRACE_SECONDS": 24 * 3600,
    # Both stores may hang, and some threads are left for what needs neither.
    "ARTIFACTS_STORE_CALLS": max(1, (_int("THREADS", 32) - 2) // 2),
    "ARTIFACTS_TOKEN_DAYS": 90,
    "ARTIFACTS_THUMBNAIL_MEMORY": 768 * 1024**2,
    "ARTIFACTS_THUMBNAIL_SECONDS": 6,
    "ARTIFACTS_THUMBNAIL_PROCESSES": 1,
}.items():
    globals()[_name] = _int(_name, _default)

# Pictures are drawn within the put, and in a thread if it did not come to that; or
# by Celery's workers, where a broker is named.
ARTIFACTS_THUMBNAIL_QUEUE = _text("ARTIFACTS_THUMBNAIL_QUEUE")
TASKS: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "artifacts.queues.threads.ThreadBackend"}
}
if ARTIFACTS_THUMBNAIL_QUEUE:
    TASKS["default"] = {
        "BACKEND": "artifacts.queues.celery.CeleryBackend",
        "OPTIONS": {"broker": ARTIFACTS_THUMBNAIL_QUEUE},
    }

# Files in a body are passed over, but where a view takes them: artifacts/uploads.py.
FILE_UPLOAD_HANDLERS: list[str] = []

# --- HTTP -------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "artifacts.api.authentication.BearerAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["artifacts.api.authentication.TokenScope"],
    "DEFAULT_RENDERER_CLASSES": ["artifacts.api.json.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "artifacts.api.schema.ContractSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": _text("ARTIFACTS_THROTTLE") or None},
    # Else a caller could say who it is by X-Forwarded-For.
    "NUM_PROXIES": int("SECURE_PROXY_SSL_HEADER" in globals()),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Paradigm Artifacts",
    "DESCRIPTION": "A self-hosted store for the files that AI agents make.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "TAGS": [
        {"name": "Artifacts", "description": "LightOn Paradigm v3, and beside it"},
        {"name": "artifacts", "description": "VLM Run v1, and beside it"},
        {"name": "service", "description": "The service itself"},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "DEFAULT_GENERATOR_CLASS": "artifacts.api.schema.Generator",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

LOGIN_URL = "/admin/login/"
STATIC_URL = "static/"
# Static files are few and come with the packages: no collectstatic step.
WHITENOISE_USE_FINDERS = True
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

_LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")
_level = _text("LOG_LEVEL", "WARNING").upper()
if _level not in _LEVELS:
    raise ImproperlyConfigured(f"LOG_LEVEL is one of {', '.join(_LEVELS)}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "filters": {"outages": {"()": "artifacts.api.failures.OutageFilter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["outages"],
        }
    },
    "root": {"handlers": ["stderr"], "level": _level},
}
