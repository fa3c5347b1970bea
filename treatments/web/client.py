"""From which network address a request comes, also behind proxies."""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

#: Stands for every address that cannot be read, so that limits count these visitors too, together; nobody has it.
UNREADABLE = "0.0.0.0"
#: A network address as proxies write it (RFC 7239, 6): maybe in quotes, in brackets, with a port.
NODE = re.compile(r'"?(?:\[(?P<six>[^]]*)\](?::\d*)?|(?P<four>[\d.]+)(?::\d*)?|(?P<bare>[^"]*))"?')


def client_address(request: HttpRequest) -> str:
    """The visitor's network address, behind as many proxies as TRUSTED_PROXIES says; UNREADABLE if none can be read.

    Each trusted proxy adds one address on the right of X-Forwarded-For; what stands further left anybody can have made
    up. Of an IPv6 address only the first 64 bits are taken: visitors choose the rest themselves (RFC 4291, 2.5.1).
    """
    address = request.META.get("REMOTE_ADDR") or ""
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if hops:
            address = hops[-min(settings.TRUSTED_PROXIES, len(hops))]
    return read(address)


def read(node: str) -> str:
    """The address in what a proxy wrote, such as 203.0.113.5:44321 or "[2001:db8::1]:443"; else UNREADABLE."""
    found = NODE.fullmatch(node)
    if found is None:
        return UNREADABLE
    try:
        # What follows a % names a zone and means something on the proxy's machine only (RFC 4007, 11).
        address = ipaddress.ip_address((found["six"] or found["four"] or found["bare"] or "").partition("%")[0])
    except ValueError:
        return UNREADABLE
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    # A socket for IPv6 and IPv4 gives an IPv4 address as ::ffff:203.0.113.5 (RFC 4291, 2.5.5.2).
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
