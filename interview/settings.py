"""Settings of Forward Pass: one file, driven by environment variables.

`python -m launcher` sets the variables of the embedded mode; a deployment sets its own. A variable that has no safe
default stops the start with its name.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def required(name: str) -> str:
    """The value of environment variable `name`; a missing one stops the start and says how to mend it."""
    if value := os.environ.get(name):
        return value
    raise ImproperlyConfigured(
        f"{name} is not set. Run `make run` for the embedded mode, "
        f"`make manage ARGS=…` for a management command beside it, or set {name} for a deployment."
    )


def flag(name: str) -> bool:
    return os.environ.get(name, "0").lower() in {"1", "true", "yes", "on"}


def celery_broker(redis_url: str) -> str:
    """Celery names a Redis behind a unix socket by another scheme than redis-py does."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


# The embedded mode: everything on one machine, loopback only, demo people one click away.
EMBEDDED = flag("EMBEDDED")
DEBUG = flag("DEBUG")
SECRET_KEY = required("SECRET_KEY")
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = LOOPBACK_HOSTS if EMBEDDED else required("ALLOWED_HOSTS").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "template_partials",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "interview",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "interview.middleware.BodyLimit",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "interview.urls"
ASGI_APPLICATION = "interview.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "interview.context_processors.mode",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

# Postgres is the truth. A pool is for the web process and for workers, which otherwise make a connection for each task.
DATABASES = {
    "default": {
        **dj_database_url.parse(required("DATABASE_URL")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}} if flag("DATABASE_POOL") else {},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis is only a bell: no result backend, nothing in it that a row does not say as well.
REDIS_URL = required("REDIS_URL")
CELERY_BROKER_URL = celery_broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Touched by workers and beat while they live, for the health checks of containers; empty: nothing is.
HEARTBEAT_FILE = os.environ.get("HEARTBEAT_FILE", "")
CELERY_IMPORTS = ["interview.heartbeat"]
# A request that rings a bell nobody holds answers at once; the sweep rings it again.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "priority_steps": [0, 3, 6, 9],
    "queue_order_strategy": "priority",
    "socket_connect_timeout": 1,
    # Longer than any grading: a task that outlives it would be delivered a second time while it runs.
    "visibility_timeout": 3600,
}
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_TASK_ROUTES = {
    "interview.grade": {"queue": "cpu", "routing_key": "cpu"},
    "interview.run_check": {"queue": "bulk", "routing_key": "bulk"},
    "interview.tick": {"queue": "control", "routing_key": "control"},
    "interview.sweep": {"queue": "control", "routing_key": "control"},
}
CELERY_BEAT_SCHEDULE = {
    # At zero the server closes, within two seconds, browser or no browser. A tick that waited is worth nothing.
    "tick": {"task": "interview.tick", "schedule": 1.0, "options": {"expires": 5}},
    "sweep": {"task": "interview.sweep", "schedule": 10.0, "options": {"expires": 10}},
}

# Counters of tries, see services/attempt.py: as dispensable as the bell. It shares Celery's Redis, hence the prefix.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "forward-pass",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# Mail is sent while somebody waits for the answer, so a mail server may not take long. Without one the text of a mail
# goes to the log, and the page shows an invitation's link to be handed over.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
SENDS_MAIL = bool(EMAIL_HOST) and not EMBEDDED
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if SENDS_MAIL else 'console'}.EmailBackend"
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Forward Pass <forward-pass@localhost>")

AUTH_USER_MODEL = "interview.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # seconds; of invitations too
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / ".data" / "staticfiles"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What is collected for a deployment is compressed once, there; browsers get the smaller file.
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedStaticFilesStorage"},
}
SERVESTATIC_USE_FINDERS = EMBEDDED or DEBUG
# On one's own machine a file may change under the running server, and is served as it then is.
SERVESTATIC_AUTOREFRESH = EMBEDDED or DEBUG

SESSION_COOKIE_SECURE = not EMBEDDED
CSRF_COOKIE_SECURE = not EMBEDDED
SECURE_SSL_REDIRECT = not EMBEDDED and flag("SSL_REDIRECT")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("BEHIND_PROXY") else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The candidate's code travels in forms and JSON; larger bodies are refused before they are read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        # CodeMirror writes its style sheet at run time and signs it with the nonce of the page.
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": [],
    "geolocation": [],
    "microphone": [],
    "payment": [],
    "usb": [],
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "interview.api.errors.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Forward Pass",
    "DESCRIPTION": "Interviews, drafts, the clock, submissions and gradings, for the person who is signed in.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "SubmissionKind": "interview.models.submission.SubmissionKind",
        "GradingState": "interview.models.grading.GradingState",
    },
}

# The product's own knobs.
BANK_DIR = Path(os.environ.get("BANK_DIR", BASE_DIR / "bank"))
DRAFT_GRACE = timedelta(seconds=5)  # a draft sent at zero may arrive this much later
REOPEN_WITHIN = timedelta(hours=24)  # after its time was up, extra time can open an interview again
SNAPSHOT_EVERY = timedelta(seconds=10)
SNAPSHOT_WHOLE_EVERY = timedelta(minutes=5)  # those between are stored as what they add to it
REVIEW_LEASE = timedelta(minutes=30)
SECOND_LOOK_WINDOW = timedelta(days=14)  # after the release
GRADING_LEASE = timedelta(seconds=20)  # renewed while it is judged; past it the worker is gone
GRADING_ATTEMPTS = 3
# After a Judge Error each of these waits, then it is judged anew; past the last one it stays as it is.
GRADING_RETRIES = [timedelta(seconds=20), timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=10)]
# Fair use, for one person in all their interviews and tabs; what an honest one never meets, see docs/decisions.md.
RUNS_IN_FLIGHT = int(os.environ.get("RUNS_IN_FLIGHT", "4"))
RUNS_PER_MINUTE = int(os.environ.get("RUNS_PER_MINUTE", "30"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
}
