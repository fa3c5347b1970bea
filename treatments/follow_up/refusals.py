"""Why a letter did not go out: what a mail server's answer means for us, and how it is said to the front desk."""

import re
import smtplib

from django.conf import settings
from django.utils.translation import gettext as _

from clinic_site.environment import can_be_written

#: Answers of a mail server that are about our own account, not about the letter: sign-in (RFC 4954, 6), the security
#: and policy class 5.7 and a mail system that is over its quota (RFC 3463, 3.8 and 3.5), and relaying that is denied.
OUR_CODES = {530, 534, 535, 538}
OUR_WORDS = re.compile(rb"\b5\.7\.\d|\b5\.4\.5\b|\brelay", re.I)


def is_our_own(error: Exception) -> bool:
    """Whether this is about our own account or sender, so that every letter would get it."""
    if is_of_our_sender(error):
        return True
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError):
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(answer_is_ours(code, text) for code, text in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and answer_is_ours(error.smtp_code, error.smtp_error)


def is_of_our_sender(error: Exception) -> bool:
    """Whether a letter cannot be written because there is no sending from EMAIL_FROM."""
    return not isinstance(error, OSError) and not can_be_written(settings.DEFAULT_FROM_EMAIL)


def answer_is_ours(code: int, text: bytes | str) -> bool:
    """The same of an answer's code and text."""
    words = text if isinstance(text, bytes) else text.encode()
    return code in OUR_CODES or (code >= 500 and bool(OUR_WORDS.search(words)))


def is_permanent(error: Exception) -> bool:
    """Whether trying again will not help.

    So it is where the mail server answered a code from 500 on (RFC 5321, 4.2.1) to this letter, and where the letter
    cannot be written, as for an address with a name that has no form for the network.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return not isinstance(error, OSError)


def in_words(error: Exception) -> str:
    """Why a letter did not go out, for the front desk; without any address."""
    if is_of_our_sender(error):
        return _("The sender of our letters cannot be written (EMAIL_FROM).")
    if is_our_own(error):
        return _("Our own mail account was refused (%(code)s).") % {"code": code_of(error)}
    if isinstance(error, smtplib.SMTPRecipientsRefused) and is_permanent(error):
        return _("The mail server does not take letters for this address.")
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException):
        is_final = is_permanent(error)
        said = (
            _("The mail server refused the letter (%(code)s).")
            if is_final
            else _("The mail server is busy (%(code)s).")
        )
        return said % {"code": code_of(error)}
    if isinstance(error, OSError):
        return _("The mail server could not be reached (%(kind)s).") % {"kind": type(error).__name__}
    return _("The letter cannot be written (%(kind)s). Check the address.") % {"kind": type(error).__name__}


def code_of(error: Exception) -> int | str:
    """The mail server's code, or the kind of error where it gave none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _text in error.recipients.values()), default=0)
    return getattr(error, "smtp_code", type(error).__name__)
