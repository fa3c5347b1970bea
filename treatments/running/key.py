"""The secret key and what was signed with it: a database has a mark of its key, so that none takes its place unseen."""

import hashlib
import hmac
from collections.abc import Callable

from django.conf import settings
from django.core.management.base import CommandError

from clinic_site.private_files import write_private
from clinic_site.secret_key import kept_key
from treatments.models import Clinic, Comment, ConsultationRequest


def mark_of(key: str) -> str:
    """32 hexadecimal digits that tell whether it is the same key, and give nothing of it away."""
    return hmac.new(key.encode(), b"treatments.key", hashlib.sha256).hexdigest()[:32]


def keep_key(say: Callable[[str], object], takes_new_key: bool) -> None:
    """Keep this process's key if there is none yet, and its mark with the database; one start at a time.

    `say` is told, in words, what whoever starts the site should know. Raises CommandError if patients hold links that
    were signed with another key, unless `takes_new_key`.
    """
    # Another start may have kept one meanwhile.
    key = settings.SECRET_KEY if settings.HAS_KEPT_KEY else kept_key(settings.SECRET_KEY_FILE)
    clinic = Clinic.objects.current()
    # A database of before has no mark yet, and is taken to be with its key.
    is_another = clinic.key_mark != mark_of(key) if clinic.key_mark else not key
    if is_another and not takes_new_key and has_links():
        raise CommandError(
            f"{'Another key' if key else 'No key'} is here than the one with which the links were signed that patients "
            f"hold. Put the file secret_key from your backup into {settings.DATA_DIR}, or set SECRET_KEY to what it "
            "was, the same on every machine. If it is lost for good: “.venv/bin/python manage.py prepare --new-key” "
            "goes on with a new one. Every private link sent so far is dead then, and the desk has to send new ones."
        )
    if not key:
        key = settings.SECRET_KEY
        write_private(settings.SECRET_KEY_FILE, key)
    if clinic.key_mark not in ("", mark_of(key)):
        say(
            "The secret key is another than before, so everybody has to sign in again. "
            "If several machines serve this site, set SECRET_KEY to the same value on each."
        )
    Clinic.objects.filter(pk=clinic.pk).update(key_mark=mark_of(key))


def has_links() -> bool:
    """Whether anybody holds a private link: every author of a comment and every patient whose request is not erased."""
    return ConsultationRequest.objects.not_erased().exists() or Comment.objects.exists()
