"""The encodings in which a page is sent: brotli, gzip or as it is."""

import gzip

import brotli

#: Brotli's quality while a reader waits, and in the background for later readers; decision 17 says what each costs.
QUICK, SMALLEST = 10, 11

Headers = dict[str, str]
#: A rendered page in every encoding: {encoding: (headers, body)}.
Page = dict[str, tuple[Headers, bytes]]


def best_encoding(accepted: str) -> str:
    """The encoding with the smallest body that this Accept-Encoding allows: br, gzip or identity."""
    weights = {}
    for item in accepted.lower().split(","):
        coding, _separator, parameters = item.partition(";")
        weights[coding.strip()] = parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    for coding in ("br", "gzip"):
        if weights.get(coding, weights.get("*", False)):
            return coding
    return "identity"


def encoded(body: bytes, headers: Headers) -> Page:
    """The page in every encoding; `headers` are those that all have."""
    bodies = {"identity": body, "gzip": gzip.compress(body, 9, mtime=0), "br": in_brotli(body, QUICK)}
    return {encoding: in_encoding(encoding, headers, body) for encoding, body in bodies.items()}


def pressed(page: Page) -> Page:
    """The same page with brotli at its highest quality, which takes far longer for a long article."""
    headers, body = page["identity"]
    return {**page, "br": in_encoding("br", headers, in_brotli(body, SMALLEST))}


def in_encoding(encoding: str, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """A page in one encoding: `headers` with those of the encoding, and the body, which is encoded already."""
    coding = {} if encoding == "identity" else {"Content-Encoding": encoding}
    return {**headers, **coding, "Content-Length": str(len(body))}, body


def in_brotli(body: bytes, quality: int) -> bytes:
    compressed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality)
    return compressed
