"""What opens for whoever holds its address, and for nobody else."""

import secrets

from django.conf import settings
from django.core.signing import Signer
from django.db import models
from django.urls import reverse
from django.utils.crypto import constant_time_compare


def new_secret():
    """128 random bits as 22 letters."""
    return secrets.token_urlsafe(16)


class PrivatelyLinked(models.Model):
    """A row whose author has no account: the signed link to its page is the only key."""

    #: The name of the page that the link opens; set by each kind.
    private_page = ""

    public_id = models.CharField(max_length=22, unique=True, default=new_secret, editable=False)
    nonce = models.CharField(max_length=22, default=new_secret, editable=False)

    class Meta:
        abstract = True

    def signature(self):
        """What nobody can make up, over the nonce: another nonce revokes the link."""
        return Signer(salt="treatments.private-link").signature(f"{self.public_id}:{self.nonce}")

    def opens_with(self, signature):
        """Whether this is the signature of the present link."""
        return constant_time_compare(signature, self.signature())

    def private_path(self):
        return reverse(self.private_page, args=[self.public_id, self.signature()])

    def private_link(self):
        """The whole address, to keep or to send."""
        return settings.SITE_URL + self.private_path()
