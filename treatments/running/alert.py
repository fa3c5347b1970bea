"""Tells the owner by letter, from an account apart, that the site is in trouble, and that the trouble is over."""

import dataclasses
import json
import logging
import smtplib
import time
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError
from django.utils import timezone

from clinic_site.private_files import alone_in
from treatments.models import Message, MessageState
from treatments.running import readiness
from treatments.values.availability import HOUR

log = logging.getLogger("treatments.alert")

#: A letter that has been due for longer does not leave.
LONGEST_DUE = HOUR / 4
#: Trouble that is over sooner, in seconds, is told to nobody: a start, a short break of the network.
PATIENCE = 5 * 60
#: How long after a letter there is no other, in seconds.
QUIET = 3600


@dataclasses.dataclass(frozen=True)
class State:
    """What is known from earlier looks; moments are seconds since 1970, 0 for never."""

    #: Since when there is trouble.
    since: float = 0
    #: When the last letter left.
    told_at: float = 0
    #: Whether the last letter told of trouble.
    is_told: bool = False


def letters() -> str:
    """What is wrong with the letters; empty if they leave, or if a database in trouble does not tell."""
    queued = Message.objects.filter(state=MessageState.QUEUED)
    try:
        waiting = queued.filter(is_of_our_account=True).count()
        late = queued.filter(not_before__lt=timezone.now() - LONGEST_DUE).count()
    except DatabaseError:
        return ""
    if waiting:
        return f"do not leave, the site's own mail account fails; {waiting} waiting"
    return f"do not leave; {late} waiting" if late else ""


QUESTIONS = [*readiness.QUESTIONS, readiness.Question("letters", letters)]


def after_a_look(state: State, now: float, *, is_in_trouble: bool) -> tuple[State, bool]:
    """What is known after a look, and whether that is told by letter: the trouble, or that it is over."""
    # A clock that was set back must not silence us, nor make trouble young for ever.
    since = (min(state.since, now) or now) if is_in_trouble else 0
    is_news = is_in_trouble != state.is_told and (not is_in_trouble or now - since >= PATIENCE)
    if is_news and not 0 <= now - state.told_at < QUIET:
        return State(since, now, is_in_trouble), True
    return dataclasses.replace(state, since=since), False


def look() -> list[str]:
    """Look once, and write a letter if it is time for one; a line for each trouble.

    What is known is kept before the letter leaves: where it cannot be kept, on a full disk, there would be a letter at
    each look. Then, and where the letter does not leave, OSError (smtplib's errors are such) is raised.
    """
    lines = [f"{part}: {trouble}" for part, trouble in readiness.troubles(QUESTIONS) if trouble]
    with alone_in(settings.DATA_DIR):
        before = read()
        after, is_told = after_a_look(before, time.time(), is_in_trouble=bool(lines))
        if after != before:
            keep(after)
        if is_told:
            try:
                send(lines)
            except (OSError, smtplib.SMTPException):
                keep(dataclasses.replace(before, since=after.since))
                raise
    return lines


def send(lines: list[str]) -> None:
    """Write the letter: about these troubles, or that all is well. It tells of nobody."""
    subject, text = ("The site is in trouble", lines) if lines else ("The trouble is over", ["All parts work again."])
    backend = "treatments.follow_up.mail.ServerBackend"
    connection = get_connection(backend, fail_silently=False, **(settings.ALERT_ACCOUNT or {}))
    body = "\n".join([settings.SITE_URL, "", *text, ""])
    EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [settings.ALERT_TO], connection=connection).send()
    log.warning("%s; told by letter.", subject)


def file() -> Path:
    """Where it is kept what is known."""
    return Path(settings.DATA_DIR) / "alert.json"


def read() -> State:
    """What is known; nothing, if nothing was kept or it cannot be read."""
    try:
        return State(**json.loads(file().read_text()))
    except (OSError, ValueError, TypeError):
        return State()


def keep(state: State) -> None:
    """Keep what is known, whole or not at all."""
    beside = file().with_suffix(".new")
    beside.write_text(json.dumps(dataclasses.asdict(state)))
    beside.replace(file())
