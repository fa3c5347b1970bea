"""The encodings in which a page is sent: brotli, gzip or as it is."""

import gzip

import brotli

#: Brotli's quality while a reader waits, and in the background for later readers; decision 17 says what each costs.
QUICK, SMALLEST = 9, 11


def best_encoding(accepted):
    """The encoding with the smallest body that this Accept-Encoding allows: br, gzip or identity."""
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
    """The same page with brotli at its highest quality, which takes far longer for a long article."""
    headers, body = page["identity"]
    return {**page, "br": form_of("br", headers, in_brotli(body, SMALLEST))}


def form_of(encoding, headers, body):
    """The page in one encoding, whose body this is: its headers and its body."""
    coding = {} if encoding == "identity" else {"Content-Encoding": encoding}
    return {**headers, **coding, "Content-Length": str(len(body))}, body


def in_brotli(body, quality):
    return brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality)
