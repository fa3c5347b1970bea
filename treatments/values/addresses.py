"""Email addresses as they are stored, and the mailbox that several spellings lead to. Plain values, no database."""

import unicodedata

import idna

#: Signs that take no room, as they are pasted with an address: soft hyphen, joiners, direction and variation signs.
INVISIBLE_RANGES = ((0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F))
INVISIBLE = {"\u00ad", "\u034f", "\u061c", "\u180e", "\ufeff"}
INVISIBLE |= {chr(code) for first, last in INVISIBLE_RANGES for code in range(first, last + 1)}
#: Joiners, which mean something in domains of some scripts, so that both rules have to agree about them.
NO_JOINERS = dict.fromkeys((0x200C, 0x200D))
#: What ends a label of a domain in Chinese and Japanese typing (RFC 3490, 3.1).
DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})


class NotAnAddress(ValueError):
    """Nobody can be written to under this address."""


def folded(address: str) -> str:
    """The address as it is stored: its domain in small letters, without invisible signs, in the letters people read.

    Raises NotAnAddress where the part before @ is not ASCII, which mail servers do not have to take (RFC 6531), where
    the domain is no public name, and where the old and the new rules for domains (IDNA 2003 and 2008) lead to two
    different ones, so that a letter could reach a stranger.
    """
    text = "".join(sign for sign in address if sign not in INVISIBLE).strip()
    local, _at, domain = text.rpartition("@")
    local = local.translate(NO_JOINERS)
    domain = unicodedata.normalize("NFKC", domain.translate(DOTS)).lower().strip(".")
    if not local or not local.isascii() or "." not in domain or domain.startswith("["):
        raise NotAnAddress(address)
    domain = in_letters(domain)
    if not domain.isascii():
        check_network_form(domain)
    return f"{local}@{domain}"


def spellings(address: str) -> set[str]:
    """A folded address and, where its domain has letters outside ASCII, the same with the domain's network form.

    Rows from before December 2026 may have either.
    """
    local, at, domain = address.rpartition("@")
    return {address, local + at + in_letters(domain), local + at + in_network_form(domain)}


def in_letters(domain: str) -> str:
    """A domain in small letters with the letters that people read in the place of its network form (xn--…).

    Unchanged where these letters would lead elsewhere by the old or the new rules for domains.
    """
    if "xn--" not in domain:
        return domain
    try:
        letters = idna.decode(domain)
        check_network_form(letters)
    except (UnicodeError, NotAnAddress):
        return domain
    # Forms of Django take no letters beyond the first 65,536 in a domain.
    is_same = in_network_form(letters) == domain and max(letters) <= "\uffff"
    return letters if is_same else domain


def in_network_form(domain: str) -> str:
    """A domain as the network knows it, in ASCII; unchanged where there is no such form."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def check_network_form(domain: str) -> None:
    """Raise NotAnAddress unless both rules for domains outside ASCII give the same form."""
    try:
        old, new = domain.encode("idna").decode("ascii"), idna.encode(domain, uts46=True, transitional=False).decode()
    except (UnicodeError, idna.IDNAError) as refused:
        raise NotAnAddress(domain) from refused
    if old.lower() != new.lower():
        raise NotAnAddress(domain)


def mailbox(address: str) -> str:
    """What tells the mailbox that an address leads to: small letters, network form of the domain, no "+tag"."""
    local, _at, domain = address.rpartition("@")
    # One without a network form cannot be written to; but it must be counted like any other.
    return f"{local.partition('+')[0]}@{in_network_form(domain)}".lower()
