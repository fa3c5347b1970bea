"""The database, the cache and the mail servers that the environment names, as Django's settings."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from clinic_site.environment import is_loopback


def needs(package: str, variable: str) -> None:
    """ImproperlyConfigured unless the package that a variable calls for is installed."""
    if importlib.util.find_spec(package) is None:
        raise ImproperlyConfigured(
            f"{variable} needs a package that is not installed; run .venv/bin/pip install -r requirements-scale.txt"
        )


def database(url: str, file: Path) -> dict[str, Any]:
    """Django's settings for the database of DATABASE_URL, or for SQLite in this file if the URL is empty.

    Raises ImproperlyConfigured for a URL that cannot be read.
    """
    url = url or f"sqlite:///{quote(str(file))}"
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ImproperlyConfigured(
            "DATABASE_URL is not a PostgreSQL address; use postgresql://user:password@host:5432/name, "
            "or leave it out for SQLite."
        )
    try:
        if "\0" in unquote(url):
            raise ValueError
        found: dict[str, Any] = {**dj_database_url.parse(url)}
    except ValueError as error:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read; use postgresql://user:password@host:5432/name with %-escapes in it."
        ) from error
    # A database in memory would be another one in each process.
    if found["NAME"] in ("", ":memory:"):
        raise ImproperlyConfigured(
            "DATABASE_URL names no database; use postgresql://user:password@host:5432/name, or leave it out for SQLite."
        )
    if found["ENGINE"] == "django.db.backends.postgresql":
        needs("psycopg", "DATABASE_URL")
        return (
            found
            | {"ENGINE": "clinic_site.postgresql", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
            | {"OPTIONS": postgresql_limits(found.get("OPTIONS", {}))}
        )
    # FULL: an acknowledged booking survives a power cut. IMMEDIATE: writers wait, so many seconds, instead of failing.
    # secure_delete: what is erased is overwritten at once.
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    }
    return found | {"CONN_MAX_AGE": None, "OPTIONS": options}


def postgresql_limits(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a PostgreSQL URL, and an end to waiting: no page waits for what hangs.

    What the URL itself says wins, but for the limits of a statement. `clinic_site.postgresql` limits the rest.
    `tcp_user_timeout` is in milliseconds, `connect_timeout` in seconds.
    """
    server = f"-c lock_timeout=5s -c statement_timeout=8s {options.get('options', '')}".strip()
    return {"connect_timeout": 2, "tcp_user_timeout": 10_000, **options, "options": server}


def is_redis(url: str) -> bool:
    """Whether this is the URL of a Redis server."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return bool(parts.path)
        # Reading the port is what finds a wrong one.
        is_number = (parts.path.strip("/") or "0").isdecimal()
        return parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0 and is_number
    except ValueError:
        return False


def takes_options(url: str) -> bool:
    """Whether the client for Redis knows what the URL says of a connection; none is made to find out."""
    redis = importlib.import_module("redis")
    try:
        redis.ConnectionPool.from_url(url).make_connection()
    except (ValueError, TypeError, redis.RedisError):
        return False
    return True


def cache(url: str) -> dict[str, Any]:
    """Django's settings for the Redis of CACHE_URL, where processes share the pages that each of them keeps anyway.

    Without a URL nothing is shared. Raises ImproperlyConfigured for one that is no Redis.
    """
    if not url:
        return {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    needs("redis", "CACHE_URL")
    if not (is_redis(url) and takes_options(url)):
        raise ImproperlyConfigured(
            "CACHE_URL is not a Redis address; use redis://host:6379/0, or leave it out for a store in each process."
        )
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "clinic",
        # In seconds. No page goes out of date, but each version of it takes room: after a day it is rendered again.
        "TIMEOUT": 24 * 3600,
        # In seconds, and asked once: a reader does not wait for a cache that hangs.
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
    }


def mail_account(server: SplitResult) -> dict[str, Any]:
    """What Django's backend for mail takes, for the split URL of a server: smtps, or smtp with STARTTLS but at home."""
    host = server.hostname or ""
    return {
        "host": host,
        "port": server.port or (465 if server.scheme == "smtps" else 587),
        "username": unquote(server.username or ""),
        "password": unquote(server.password or ""),
        "use_ssl": server.scheme == "smtps",
        "use_tls": server.scheme == "smtp" and not is_loopback(host),
    }
