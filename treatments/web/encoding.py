"""The forms in which a page goes over the wire."""

import gzip

import brotli

#: Brotli's quality for a reader who waits, and for those who come later. docs/decisions has what each costs.
QUICK, SMALLEST = 9, 11


def best_encoding(accepted):
    """br, gzip or identity: the smallest form that a browser takes which sent this Accept-Encoding."""
    weights = {}
    for item in accepted.lower().split(","):
        coding, _separator, parameters = item.partition(";")
        weights[coding.strip()] = parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    for coding in ("br", "gzip"):
        if weights.get(coding, weights.get("*", False)):
            return coding
    return "identity"


def encoded(body, headers):
    """The page in every encoding, each as its headers and its body: {encoding: (headers, body)}."""
    bodies = {"identity": body, "gzip": gzip.compress(body, 9, mtime=0), "br": in_brotli(body, QUICK)}
    return {encoding: form_of(encoding, headers, body) for encoding, body in bodies.items()}


def pressed(page):
    """The same page with its brotli form as small as can be, which takes far longer."""
    headers, body = page["identity"]
    return {**page, "br": form_of("br", headers, in_brotli(body, SMALLEST))}


def form_of(encoding, headers, body):
    coding = {} if encoding == "identity" else {"Content-Encoding": encoding}
    return {**headers, **coding, "Content-Length": str(len(body))}, body


def in_brotli(body, quality):
    return brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality)
