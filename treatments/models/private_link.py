"""Pages that open for whoever holds their URL, and for nobody else."""

import secrets

from django.conf import settings
from django.core.signing import Signer
from django.db import models
from django.urls import reverse
from django.utils.crypto import constant_time_compare

#: The two signatures of one link: as the site shows it after a form was sent, and as only a letter carries it.
ON_PAGES = "treatments.private-link"
IN_LETTERS = "treatments.private-link.letter"


def new_secret() -> str:
    """128 random bits as 22 letters."""
    return secrets.token_urlsafe(16)


class PrivatelyLinked(models.Model):
    """A row whose author has no account: the signed link to its page is the only key."""

    #: The name of the URL pattern of the page that the link opens; each model sets its own.
    private_page = ""

    public_id = models.CharField(max_length=22, unique=True, default=new_secret, editable=False)
    nonce = models.CharField(max_length=22, default=new_secret, editable=False)

    class Meta:
        abstract = True

    def signature(self, salt: str = ON_PAGES) -> str:
        """The part of the link that nobody can make up. It signs the nonce, so that a new nonce revokes the link."""
        return Signer(salt=salt).signature(f"{self.public_id}:{self.nonce}")

    def opens_with(self, signature: str) -> bool:
        """Whether this is the signature of the present link, as pages or as letters carry it."""
        return any(constant_time_compare(signature, self.signature(salt)) for salt in (ON_PAGES, IN_LETTERS))

    def is_from_letter(self, signature: str) -> bool:
        """Whether this is the signature that only letters carry, and so only whoever has the mailbox knows."""
        return constant_time_compare(signature, self.signature(IN_LETTERS))

    def private_path(self, signature: str = "") -> str:
        """The path of the page that the link opens, with this signature of the row; if empty, with that of pages."""
        return reverse(self.private_page, args=[self.public_id, signature or self.signature()])

    def letter_link(self) -> str:
        """The whole URL as letters carry it: it opens the same page, and shows that the letter arrived."""
        return settings.SITE_URL + reverse(self.private_page, args=[self.public_id, self.signature(IN_LETTERS)])
