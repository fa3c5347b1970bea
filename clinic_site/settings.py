"""One settings file for every place; places differ by environment variables alone (docs/configuration.md)."""

import os
import secrets
import sys
from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONE, SELF

from clinic_site import backends
from clinic_site.environment import Environment, is_loopback
from clinic_site.secret_key import SHORTEST, kept_key

#: How many characters a token of METRICS_TOKEN has at least.
SHORTEST_TOKEN = 32

BASE_DIR = Path(__file__).resolve().parent.parent
environment = Environment()

# Where and for whom

HOST = environment.host("HOST", "127.0.0.1")
PORT = environment.number("PORT", 8000, most=65535)
WEB_CONCURRENCY = environment.number("WEB_CONCURRENCY", 2, most=64)
DATA_DIR = environment.folder("DATA_DIR", BASE_DIR / "var")
DEBUG = environment.flag("DEBUG")
LOG_FORMAT = environment.choice("LOG_FORMAT", "text", "json")
METRICS_TOKEN = environment.key("METRICS_TOKEN", SHORTEST_TOKEN)
if METRICS_TOKEN and not find_spec("prometheus_client"):
    environment.errors.append("METRICS_TOKEN needs one more package; install requirements-scale.txt.")
SENTRY_DSN = environment.dsn("SENTRY_DSN")
if SENTRY_DSN and not find_spec("sentry_sdk"):
    environment.errors.append("SENTRY_DSN needs one more package; install requirements-scale.txt.")

WILDCARDS = ("0.0.0.0", "::")
HOST_IN_ADDRESSES = f"[{HOST}]" if ":" in HOST else HOST
BROWSABLE_HOST = "localhost" if HOST in WILDCARDS else HOST_IN_ADDRESSES
_site = environment.origin("SITE_URL", f"http://{BROWSABLE_HOST}:{PORT}")
SITE_URL = f"{_site.scheme}://{_site.netloc}"
IS_HTTPS = _site.scheme == "https"
# `origin` takes no URL without a host.
_host = _site.hostname or ""
# A loopback address is a demonstration: everything works, and the pages say so.
IS_DEMONSTRATION = is_loopback(_host)
ALLOWED_HOSTS = [_host] if ":" not in _host else [f"[{_host}]"]
if IS_DEMONSTRATION:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECRET_KEY = environment.key("SECRET_KEY", SHORTEST)
BACKUP_FOLDER = environment.folder_if_named("BACKUP_FOLDER")
BACKUP_PASSPHRASE = environment.key("BACKUP_PASSPHRASE", 16)
if BACKUP_FOLDER and not BACKUP_PASSPHRASE:
    environment.errors.append(
        "BACKUP_FOLDER needs BACKUP_PASSPHRASE too, because what lies there is all that patients wrote; make one of "
        "16 random characters or more, and keep it where it is not lost with this machine."
    )

environment.stop_if_wrong()
SECRET_KEY_FILE = DATA_DIR / "secret_key"
IS_KEY_GIVEN = bool(SECRET_KEY)
SECRET_KEY = SECRET_KEY or kept_key(SECRET_KEY_FILE)
# The first start keeps a key, once it has seen that the database needs no other; until then a process has its own.
HAS_KEPT_KEY = bool(SECRET_KEY)
SECRET_KEY = SECRET_KEY or secrets.token_urlsafe(50)

# What it is made of

INSTALLED_APPS = [
    # Before django.forms, so that our field template wins.
    "treatments",
    "django.forms",
    "treatments.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "crispy_forms",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
]
MIDDLEWARE = [
    # Before all, so that every answer has them, whoever gives it.
    "treatments.web.middleware.security_headers",
    "treatments.running.readiness.machine_probes",
    "django.middleware.security.SecurityMiddleware",
    "treatments.web.static_files.StaticFiles",
    # Before whatever refuses, so that each refusal has the headers that depend on the clinic.
    "treatments.web.middleware.clinic_time",
    "treatments.web.middleware.query_without_null",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "treatments.web.middleware.request_limits",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last: it puts its own page in the place of a sign-in form that came too often.
    "axes.middleware.AxesMiddleware",
]
if DEBUG:
    # It knows which of Django's own pages about errors the policy would spoil.
    MIDDLEWARE.insert(1, "csp.middleware.CSPMiddleware")
else:
    # So early that a page that is already rendered costs nothing else.
    MIDDLEWARE.insert(1, "treatments.web.pages.published_pages")
if LOG_FORMAT == "json":
    MIDDLEWARE.insert(0, "clinic_site.logs.request_lines")
if METRICS_TOKEN:
    MIDDLEWARE.insert(0, "treatments.running.metrics.counted")
    # Where the processes count; the package reads the variable when it is imported.
    METRICS_FOLDER = DATA_DIR / "metrics"
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_FOLDER)
ROOT_URLCONF = "clinic_site.urls"
WSGI_APPLICATION = "clinic_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["treatments.templatetags.tongue"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "treatments.web.context.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "clinic"
CRISPY_TEMPLATE_PACK = "clinic"

# Where it keeps things

DATABASES = {"default": backends.database(environment.text("DATABASE_URL"), DATA_DIR / "clinic.sqlite3")}
CACHES = {"default": backends.cache(environment.text("CACHE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "media"
# Published pages as files for a proxy. Several machines may share a PostgreSQL, and what one of them publishes has to
# take away the files of all: so there the folder that they share has to be named.
IS_ONE_MACHINE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
_pages_dir = environment.folder("PAGES_DIR", DATA_DIR / "pages")
PAGES_DIR = _pages_dir if IS_ONE_MACHINE or environment.text("PAGES_DIR") else None
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "treatments.text.media_files.WholeFiles"},
    "staticfiles": {"BACKEND": "treatments.web.static_files.JoinedStaticFilesStorage"},
}
# The site's own pages use them, and nobody else's.
WHITENOISE_ALLOW_ALL_ORIGINS = False
if DEBUG:
    # Straight from the source folders, without a build.
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
# What the desk may send: a treatment's part can have a thousand rows of a dozen fields, and a picture 40 MB. All others
# are held to far less by `treatments.web.middleware.request_limits`, before anything is read.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 30_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Words and time

LOCALE_PATHS = [BASE_DIR / "treatments" / "locale"]
LANGUAGE_CODE = environment.language("SITE_LANGUAGE", *LOCALE_PATHS)
# The page of a treatment is in its own language, if that is one of these. Nobody chooses among them, so no page shows
# their names.
LANGUAGES = [(code, code) for code in environment.languages(*LOCALE_PATHS)]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "clinic_site.formats"
TIME_ZONE = "UTC"

# Safety

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# How many wrong passwords are taken is said in treatments/accounts/sign_in.py.
AXES_HANDLER = "treatments.accounts.sign_in.Handler"
AXES_CLIENT_IP_CALLABLE = "treatments.accounts.sign_in.digest_of_client"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "treatments.views.sign_in.too_many_tries"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# same-origin, not no-referrer: without a referrer browsers send "Origin: null", which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "treatments.views.error.refused_form"
SESSION_ENGINE = "treatments.accounts.session"
SESSION_COOKIE_HTTPONLY = True
# Staff who walk away from the desk are signed out two hours, in seconds, after their last click there. However busy,
# they sign in again after twelve (treatments/accounts/session.py).
SESSION_COOKIE_AGE = 2 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# gunicorn speaks no https itself: whoever ends it in front of us says so, and is a proxy.
TRUSTED_PROXIES = environment.count("TRUSTED_PROXIES", 1 if IS_HTTPS else 0, most=10)
if IS_HTTPS and TRUSTED_PROXIES == 0:
    environment.errors.append(
        "TRUSTED_PROXIES is 0, but https always comes through a proxy here, whose address all visitors would share; "
        "use 1, or how many proxies there are."
    )
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# `treatments.web.middleware` sends HSTS, because for how long depends on whether the site is open: Django's own setting
# stays empty and its warning is silenced; so are those about subdomains and preload, which the domain's owner asks for.
SECURE_HSTS_SECONDS = 0
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W005", "security.W021"]
HSTS_INCLUDE_SUBDOMAINS = environment.flag("HSTS_INCLUDE_SUBDOMAINS")
HSTS_PRELOAD = environment.flag("HSTS_PRELOAD")
if HSTS_PRELOAD and not HSTS_INCLUDE_SUBDOMAINS:
    environment.errors.append("HSTS_PRELOAD needs HSTS_INCLUDE_SUBDOMAINS=1 too; browsers' lists take whole domains.")
if IS_HTTPS:
    SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"

# Letters

MAIL_FOLDER = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = environment.sender("EMAIL_FROM", f"clinic@{_host}")
_mail = environment.mail("EMAIL_URL")
if _mail:
    EMAIL_BACKEND = "treatments.follow_up.mail.ServerBackend"
    _account = backends.mail_account(_mail)
    EMAIL_HOST, EMAIL_PORT = _account["host"], _account["port"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _account["username"], _account["password"]
    EMAIL_USE_SSL, EMAIL_USE_TLS = _account["use_ssl"], _account["use_tls"]
else:
    EMAIL_BACKEND = "treatments.follow_up.mail.FolderBackend"
# Who is told that letters do not leave, by another mail account than the one that they do not leave from.
_alert = environment.mail("ALERT_EMAIL_URL")
ALERT_ACCOUNT = backends.mail_account(_alert) if _alert else None
ALERT_TO = environment.sender("ALERT_TO", "")
if bool(ALERT_ACCOUNT) != bool(ALERT_TO):
    environment.errors.append(
        "ALERT_TO and ALERT_EMAIL_URL need each other: to whom trouble is told, and the mail account that tells it."
    )
if _alert and _alert == _mail:
    environment.errors.append(
        "ALERT_EMAIL_URL is the account of EMAIL_URL, which cannot tell that it fails; use one of another provider."
    )
environment.stop_if_wrong()

# What it says while it runs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "clinic_site.logs.JsonLine"},
    },
    "filters": {
        "one_line": {"()": "clinic_site.logs.OneLine"},
        "private": {"()": "clinic_site.logs.PrivateLinks"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["one_line", "private"],
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "treatments": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "clinic_site": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
if SENTRY_DSN:
    from clinic_site import errors

    errors.send_to(SENTRY_DSN)
