"""Errors go to Sentry as a kind of error and a place in the code: of a person, nothing.

An event is not searched for what is private: a new one is made of the few things that cannot be.
"""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.transport import Transport

#: What is kept of an event, of an error in it, and of a line of its traceback. Not the error's own words: a database
#: says in them which value it refused, and others which text they could not read. Nor source lines, variables, request.
OF_EVENT = ("event_id", "timestamp", "platform", "level", "release", "environment", "sdk")
OF_ERROR = ("type", "module")
OF_LINE = ("filename", "module", "function", "lineno", "in_app")


def only(keys: tuple[str, ...], found: dict[str, Any]) -> dict[str, Any]:
    """These keys of what was found, and no others."""
    return {key: found[key] for key in keys if key in found}


def place_of(error: dict[str, Any]) -> dict[str, Any]:
    """The kind of an error, and the lines that it came through."""
    lines = (error.get("stacktrace") or {}).get("frames", [])
    return only(OF_ERROR, error) | {"stacktrace": {"frames": [only(OF_LINE, line) for line in lines]}}


def without_person(event: Any, hint: dict[str, Any]) -> Any:
    """The event anew, of what tells of no person; None for one that is about no error."""
    errors = [place_of(error) for error in (event.get("exception") or {}).get("values", [])]
    if not errors:
        return None
    # The name of the view; without one, Sentry takes the address, which may be a private link.
    is_view = event.get("transaction_info", {}).get("source") == "component"
    view = only(("transaction",), event) if is_view else {}
    return only(OF_EVENT, event) | view | {"exception": {"values": errors}}


def send_to(dsn: str, transport: type[Transport] | None = None) -> None:
    """Send errors to this address from now on, in this process and those that it forks."""
    sentry_sdk.init(
        dsn,
        transport=transport,
        before_send=without_person,
        # Nothing else is sent but errors, and nothing is gathered that would not be sent.
        before_breadcrumb=lambda _crumb, _hint: None,
        auto_session_tracking=False,
        send_client_reports=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        server_name="",
        integrations=[DjangoIntegration(transaction_style="function_name")],
        auto_enabling_integrations=False,
    )
