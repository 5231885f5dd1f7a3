"""Settings of the site; numbers and switches are set by variables ZHIHENG_…, see docs/manual/operations.md."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from zhiheng_web.config.environment import flag, listed, number, secret, text
from zhiheng_web.config.files import evidence_store
from zhiheng_web.config.logs import logging_of

django_stubs_ext.monkeypatch()

# Where this installation keeps what it must not lose: database, evidence, keys.
DATA = Path(text("DATA", "var")).resolve()
DEBUG = flag("DEBUG", default=False)
SECRET_KEY = secret(DATA / "keys", "secret_key")
HTTPS = flag("HTTPS", default=False)
ALLOWED_HOSTS = listed("HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"] if HTTPS else []

SITE_NAME = text("SITE_NAME", "知衡")
CONTACT = text("CONTACT")
# Where people open the site, for links in letters: https://zhiheng.example.gov.cn
SITE_URL = text("SITE_URL")
TIME_ZONE = text("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "zhiheng_web.site",
    "zhiheng_web.api",
    "zhiheng_web.dashboards",
    "zhiheng_web.studio",
    "zhiheng_web.rectification",
    "zhiheng_web.results",
    "zhiheng_web.objections",
    "zhiheng_web.reviews",
    "zhiheng_web.exchange",
    "zhiheng_web.assessments",
    "zhiheng_web.rounds",
    "zhiheng_web.evidence",
    "zhiheng_web.frameworks",
    "zhiheng_web.accounts",
    "zhiheng_web.jobs",
    "zhiheng_web.audit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zhiheng_web.site.telemetry.TelemetryMiddleware",
    "csp.middleware.CSPMiddleware",
    # Before everything that reads a cookie: for programs there are none.
    "zhiheng_web.api.access.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "zhiheng_web.site.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the protection against forged requests, which reads the body.
    "zhiheng_web.evidence.uploads.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zhiheng_web.accounts.middleware.SessionRulesMiddleware",
    "zhiheng_web.site.middleware.AuditMiddleware",
    "zhiheng_web.site.middleware.SignedInMiddleware",
    "zhiheng_web.site.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "zhiheng_web.config.urls"
WSGI_APPLICATION = "zhiheng_web.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zhiheng_web.site.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "zhiheng_web.site.templatetags.pieces",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# SQLite unless one variable names another database: postgresql://user:password@host/name
DATABASES = {
    "default": dj_database_url.parse(
        text("DATABASE_URL") or f"sqlite:///{DATA / 'zhiheng.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue from their first statement on: a transaction that reads first and writes later cannot be refused.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
    }
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(DATA / "cache"),
        # Counters of wrong codes and addresses live here; the default of 300 would throw them out on a busy day.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# Files: a local folder, or an S3-compatible store by one variable.
EVIDENCE_STORE = text("EVIDENCE_STORE", "folder")
STORAGES: dict[str, dict[str, object]] = {
    "default": evidence_store(EVIDENCE_STORE, DATA),
    "staticfiles": {"BACKEND": "zhiheng_web.config.storage.StaticStorage"},
}
MEDIA_ROOT = str(DATA / "evidence")
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
# The charts of the pages are drawn by the same library as those of the reports.
STATICFILES_DIRS = [("vendor/echarts", str(files("zhiheng") / "report" / "assets" / "echarts"))]
# Uploads wait beside the store, so that keeping one is a rename; Django wants the folder to exist.
UPLOADS = DATA / "uploads"
UPLOADS.mkdir(mode=0o700, parents=True, exist_ok=True)
FILE_UPLOAD_TEMP_DIR = str(UPLOADS)
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
MAX_EVIDENCE_MB = number("MAX_EVIDENCE_MB", 50)
MAX_ARCHIVE_MB = number("MAX_ARCHIVE_MB", 500)
MAX_FILES_PER_UNIT = number("MAX_FILES_PER_UNIT", 2000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 50

# People. All numbers are settings; the defaults follow GB/T 22239-2019, level 2, with items of level 3.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_DAYS = number("PASSWORD_DAYS", 90)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("username", "full_name", "email")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
     "OPTIONS": {"min_length": number("PASSWORD_LENGTH", 10)}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "zhiheng_web.accounts.validators.KindsValidator", "OPTIONS": {"kinds": number("PASSWORD_KINDS", 3)}},
    {"NAME": "zhiheng_web.accounts.validators.NotTheLastValidator"},
]  # fmt: skip
IDLE_MINUTES = number("IDLE_MINUTES", 30)
ONE_SESSION = flag("ONE_SESSION", default=False)
SECOND_FACTOR_ROLES = listed("SECOND_FACTOR_ROLES")
INVITATION_DAYS = number("INVITATION_DAYS", 7)
SESSION_COOKIE_AGE = number("SESSION_HOURS", 12) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("home")
ACCOUNT_ADAPTER = "zhiheng_web.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = reverse_lazy("account_login")
ACCOUNT_SESSION_REMEMBER = False
# Failed passwords are counted by axes; what allauth counts as failed are wrong codes of the second factor.
ACCOUNT_RATE_LIMITS = {
    "login": f"{number('SIGN_INS_PER_MINUTE', 60)}/m/ip",
    "public": f"{number('PUBLIC_PAGES_PER_MINUTE', 600)}/m/ip",
    "login_failed": f"{number('FAILED_SIGN_INS', 5)}/{number('LOCKOUT_MINUTES', 30)}m/key",
}
MFA_ADAPTER = "zhiheng_web.accounts.second_factor.SecondFactorAdapter"
SECOND_FACTOR_KEY = secret(DATA / "keys", "second_factor_key")
MFA_TOTP_TOLERANCE = 1  # phones drift by half a minute
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
AXES_FAILURE_LIMIT = number("FAILED_SIGN_INS", 5)
AXES_COOLOFF_TIME = number("LOCKOUT_MINUTES", 30) / 60
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
# The address of a person behind a proxy is taken from the header only where the proxy is ours to trust.
BEHIND_PROXY = flag("BEHIND_PROXY", default=False)
AXES_IPWARE_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SILENCED_SYSTEM_CHECKS = [
    "axes.W006",  # locking by name alone is meant: a guess from another address is still a guess at the same account
]

# Programs: how many tokens a person has and how long they last; how often one, and an address without one, may ask.
API_TOKENS = number("API_TOKENS", 20)
API_TOKEN_DAYS = number("API_TOKEN_DAYS", 366)
API_PER_MINUTE = number("API_PER_MINUTE", 240)
API_FAILURES_PER_MINUTE = number("API_FAILURES_PER_MINUTE", 20)

# What browsers may do.
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-zhiheng" if HTTPS else "zhiheng"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "zhiheng_csrf"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "zhiheng_web.site.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
# Probes of this machine ask without TLS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # Tabler's style sheet holds its small pictures as data.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Words. Texts in the code are Chinese; locale/en holds the English ones.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
USE_I18N = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

# Letters: to a file folder until a mail server is named.
EMAIL_HOST = text("EMAIL_HOST")
EMAIL_PORT = number("EMAIL_PORT", 25)
# Somebody waits for the page, or the queue for its next job.
EMAIL_TIMEOUT = number("EMAIL_TIMEOUT", 20)
EMAIL_HOST_USER = text("EMAIL_USER")
EMAIL_HOST_PASSWORD = text("EMAIL_PASSWORD")
EMAIL_USE_TLS = flag("EMAIL_TLS", default=False)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = str(DATA / "mail")
DEFAULT_FROM_EMAIL = text("EMAIL_FROM", "zhiheng@localhost")

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
AUDIT_DAYS = number("AUDIT_DAYS", 180)
# Days before a deadline on which units that are not done are reminded.
REMIND_DAYS = [int(days) for days in listed("REMIND_DAYS", "3,1") if days.isdecimal()]

# Operation: readiness wants this much room; the token lets a machine elsewhere read the figures.
MIN_FREE_MB = number("MIN_FREE_MB", 500)
METRICS_TOKEN = text("METRICS_TOKEN")
LOGGING = logging_of(text("LOG", "text"), text("LOG_LEVEL", "WARNING"))
