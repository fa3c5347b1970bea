"""Digests that tell equal values from others and give nothing away, so that nobody's address is stored in clear."""

import hashlib
import hmac
import ipaddress
import json

from django.conf import settings


def digest_of(value: object) -> str:
    """A keyed digest that tells equal values and gives nothing away."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def network_of(client: str) -> str:
    """The wider network of a client's address: /24 of IPv4, /48 of IPv6; the text itself for one that is unreadable."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def digests_of_client(client: str) -> dict[str, str]:
    """The two digests by which requests from an address and from its network are counted; empty without an address."""
    if not client:
        return {"client_digest": "", "network_digest": ""}
    return {"client_digest": digest_of(client), "network_digest": digest_of(["network", network_of(client)])}
