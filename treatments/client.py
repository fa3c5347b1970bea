"""Whose request it is, as far as the network tells."""

import ipaddress

from django.conf import settings


def client_address(request):
    """The visitor's network address, behind as many proxies as TRUSTED_PROXIES says; empty if none can be read.

    Each trusted proxy adds one address on the right of X-Forwarded-For, so that many are believed and no more. Of an
    IPv6 address the first 64 bits count: the rest is the visitor's own to choose (RFC 4291, 2.5.1).
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if hops:
            address = hops[-min(settings.TRUSTED_PROXIES, len(hops))]
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    # What a socket for both kinds says of a visitor with an IPv4 address (RFC 4291, 2.5.5.2).
    found = getattr(found, "ipv4_mapped", None) or found
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found)


def address_to_count(request):
    """The same where addresses are counted by the database, which finds no missing one: then all share one."""
    return client_address(request) or "0.0.0.0"
