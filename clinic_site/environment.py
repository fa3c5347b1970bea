"""Typed reading of the environment, with every error reported at once."""

import ipaddress
import os
import re
from collections.abc import Mapping
from email.errors import MessageError
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email
from django.utils.translation import to_language

#: A host, in brackets if it is an IPv6 address, and maybe a port.
HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")

#: A host name: labels of up to 63 letters, digits and hyphens, the last of them not a number.
NAME = re.compile(r"(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)*(?!-|[0-9]+$)[A-Za-z0-9-]{1,63}(?<!-)")


class Environment:
    """Reads variables, and takes the default for one that is missing or wrong.

    `stop_if_wrong()` then raises ImproperlyConfigured with a line for each that is wrong.
    """

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self.variables = variables
        self.errors: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The variable without surrounding blanks; empty counts as not set."""
        value = self.variables.get(name, "").strip()
        try:
            value.encode()
        except UnicodeEncodeError:
            self.errors.append(f"{name} has bytes that are not UTF-8; write it anew in UTF-8.")
            return default
        return value or default

    def key(self, name: str, shortest: int) -> str:
        """A secret of at least so many characters; empty if it is not set."""
        value = self.text(name)
        if 0 < len(value) < shortest:
            self.errors.append(f"{name} is too short to be safe; use {shortest} random characters or more.")
        return value

    def flag(self, name: str) -> bool:
        """True for 1, true, yes or on; False for 0, false, no, off or nothing."""
        value = self.text(name, "off").lower()
        if value in ("1", "true", "yes", "on"):
            return True
        if value not in ("0", "false", "no", "off"):
            self.errors.append(f"{name} is “{value}”; use 1 for yes or 0 for no.")
        return False

    def choice(self, name: str, *choices: str) -> str:
        """One of these words, the first if it is not set."""
        value = self.text(name, choices[0]).lower()
        if value in choices:
            return value
        self.errors.append(f"{name} is “{value}”; use {' or '.join(choices)}.")
        return choices[0]

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= most:
            return int(value)
        self.errors.append(f"{name} is “{value}”; use a number from 1 to {most}, such as {default}.")
        return default

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number from 0 to `most`."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= most:
            return int(value)
        self.errors.append(f"{name} is “{value}”; use a number from 0 to {most}, such as {default}.")
        return default

    def mail(self, name: str) -> SplitResult | None:
        """The split URL of a mail server, with a host; None if the variable is not set."""
        value = self.text(name)
        if not value:
            return None
        try:
            parts = urlsplit(value)
            is_server = parts.scheme in ("smtp", "smtps") and is_host(parts.hostname or "") and parts.port != 0
            # A password with a sign that needs escaping ends the host early and leaves the rest as one of these.
            is_wrong = not is_server or bool(parts.path.strip("/") or parts.query or parts.fragment)
        except ValueError:
            is_wrong = True
        # Never the value: there is a password in it.
        if is_wrong:
            self.errors.append(f"{name} is no mail server; use smtp://user:password@host:587 with %-escapes in it.")
            return None
        account = unquote(f"{parts.username or ''}{parts.password or ''}")
        if not (account.isascii() and account.isprintable()):
            self.errors.append(f"{name} has a user or a password that cannot be sent; take one of ASCII signs alone.")
            return None
        return parts

    def sender(self, name: str, default: str) -> str:
        """From whom letters come: an email address, or a name and an address in <angle brackets>."""
        value = self.text(name)
        if not value:
            return default
        try:
            validate_email(parseaddr(value)[1])
            if len(value.splitlines()) == 1 and can_be_written(value):
                return value
        except ValidationError:
            pass
        example = "use an address such as clinic@example.org, or Clinic <clinic@example.org>"
        self.errors.append(f"{name} is “{' '.join(value.split())}”; {example}, on one line.")
        return default

    def folder(self, name: str, default: Path) -> Path:
        """An absolute path."""
        return self.folder_if_named(name) or default.expanduser().resolve()

    def folder_if_named(self, name: str) -> Path | None:
        """An absolute path; None if the variable is not set."""
        value = self.text(name)
        try:
            return Path(value).expanduser().resolve() if value else None
        except RuntimeError:
            self.errors.append(
                f"{name} is “{value}”; there is no such user here, use a whole path such as /srv/clinic."
            )
            return None

    def host(self, name: str, default: str) -> str:
        """A name or a network address of this machine, without brackets or port."""
        value = self.text(name, default).removeprefix("[").removesuffix("]")
        if is_plain_host(value):
            return value
        self.errors.append(f"{name} is “{value}”; use an address of this machine, such as {default}, without a port.")
        return default

    def origin(self, name: str, default: str) -> SplitResult:
        """The split URL of a site: scheme, host and maybe port, without a path."""
        value = self.text(name, default)
        example = "use an address such as https://www.example.org"
        try:
            parts = urlsplit(value)
            is_place = HOST.fullmatch(parts.netloc) and is_plain_host(parts.hostname or "")
            is_wrong = parts.scheme not in ("http", "https") or not is_place or parts.port == 0
        except ValueError:
            is_wrong = True
        if is_wrong or parts.path.strip("/") or parts.query or parts.fragment:
            self.errors.append(f"{name} is “{value}”; {example}, with nothing after the host.")
            return urlsplit(default)
        return parts

    def dsn(self, name: str) -> str:
        """Where errors are sent, as Sentry writes it; empty if the variable is not set."""
        value = self.text(name)
        try:
            parts = urlsplit(value)
            is_place = parts.scheme in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
            is_wrong = not (is_place and parts.username and parts.path.rpartition("/")[2].isdigit())
        except ValueError:
            is_wrong = True
        if value and is_wrong:
            # Never the value: there is a key in it.
            self.errors.append(f"{name} is no address of Sentry's; use https://key@host/number, as Sentry shows it.")
            return ""
        return value

    def language(self, name: str, catalogues: Path) -> str:
        """The code of a language of the interface: English, or one that has a compiled catalogue in this folder."""
        value = self.text(name, "en").lower()
        there = self.languages(catalogues)
        if value in there:
            return value
        makes = "docs/guides/another-language.md says how to make another"
        self.errors.append(f"{name} is “{value}”; there is {', '.join(there)}, and {makes}.")
        return "en"

    def languages(self, catalogues: Path) -> list[str]:
        """The codes of all languages of the interface: English, and those with a compiled catalogue in this folder."""
        compiled = catalogues.glob("*/LC_MESSAGES/django.mo")
        return ["en", *sorted(to_language(found.parts[-3]) for found in compiled if found.parts[-3] != "en")]

    def stop_if_wrong(self) -> None:
        if self.errors:
            raise ImproperlyConfigured("\n".join(self.errors))


def can_be_written(sender: str) -> bool:
    """Whether the function that writes the sender of every letter takes this; it is stricter than parseaddr."""
    try:
        sanitize_address(sender, "utf-8")
    except (ValueError, TypeError, IndexError, MessageError):
        return False
    return True


def is_host(text: str) -> bool:
    """Whether this is a network address or the name of a host, maybe of other letters or with the dot at its end.

    Names inside a network of containers may have underscores. Raises UnicodeError for a name of no network form.
    """
    name = text.encode("idna").decode().removesuffix(".").replace("_", "-")
    return is_address(text) or is_plain_host(name)


def is_plain_host(text: str) -> bool:
    """Whether this is a network address or the name of a host, in the letters of which the network's own are made."""
    return is_address(text) or bool(NAME.fullmatch(text))


def is_address(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host name or address never leaves this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
