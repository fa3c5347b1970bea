"""What staff typed into a form of the desk whose session had ended: carried through the sign-in, and shown again.

Nothing is stored. Every form names, signed, the account that it was made for. When the form comes back and nobody is
signed in, the pages of the sign-in carry its fields, signed with the account and the address, and the same account
gets them back as a form that is not saved.
"""

import json
import re
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer
from django.http import QueryDict
from django.utils.crypto import constant_time_compare

#: In characters of names and values together. More is not carried.
MOST = 1024 * 1024
#: The fields beside those that were typed: for whom the form was made, whereto it was sent, and the signature.
AUTHOR, ADDRESS, SIGNATURE = "typed_by", "typed_on", "typed_seal"
PREFIX = "typed-"
#: What is never carried: it belongs to one moment, or to nobody's screen.
NEVER = re.compile(r"password|^code$|^again-|^csrfmiddlewaretoken$|^typed_", re.I)


@dataclass(frozen=True)
class TypedWork:
    """The fields of a form as they were sent, by the account with the id `author`, to `address`."""

    author: str
    address: str
    fields: tuple

    def is_of(self, user):
        return user.is_authenticated and self.author == str(user.pk)

    def hidden_fields(self):
        """(name, value) of the hidden fields that carry it."""
        yield AUTHOR, mark_of(self.author)
        yield ADDRESS, self.address
        yield SIGNATURE, self.signature()
        for name, value in self.fields:
            yield f"{PREFIX}{name}", value

    def signature(self):
        # Browsers send every line end as CR LF, whatever it was.
        texts = [(name, re.sub(r"\r\n?", "\n", value)) for name, value in self.fields]
        return Signer(salt=SIGNATURE).signature(json.dumps([self.author, self.address, texts]))

    def as_sent(self):
        """The fields as Django reads them from a request."""
        sent = QueryDict(mutable=True)
        for name, value in self.fields:
            sent.appendlist(name, value)
        return sent


def mark_of(author):
    """The id of an account, signed, as forms of the desk carry it."""
    return Signer(salt=AUTHOR).sign(str(author))


def sent_by(request):
    """What a form of the desk sent, itself or as the sign-in has carried it; None for anything else."""
    post = request.POST
    if request.method != "POST" or AUTHOR not in post:
        return None
    try:
        author = Signer(salt=AUTHOR).unsign(post[AUTHOR])
    except BadSignature:
        return None
    if SIGNATURE not in post:
        fields = fields_of(post)
        size = sum(len(name) + len(value) for name, value in fields)
        return TypedWork(author, request.get_full_path(), fields) if size <= MOST else None
    carried = tuple((name.removeprefix(PREFIX), value) for name, value in pairs(post) if name.startswith(PREFIX))
    work = TypedWork(author, post.get(ADDRESS, ""), carried)
    return work if constant_time_compare(post[SIGNATURE], work.signature()) else None


def is_carried(request):
    """Whether the form comes from a page of the sign-in, and not from the screen on which it was typed."""
    return SIGNATURE in request.POST


def fields_of(post):
    """(name, value) of everything in a form that may be sent again: no passwords, codes or tokens, and no files."""
    return tuple((name, value) for name, value in pairs(post) if not NEVER.search(name))


def pairs(post):
    """(name, value) of every field; the sign that no page can hold is left out."""
    return ((name, value.replace("\0", "")) for name, values in post.lists() for value in values)


def bring_back(request, work):
    """Make the request the one that was sent, as one that must not be saved."""
    request.POST = work.as_sent()
    request.is_brought_back = True


def is_brought_back(request):
    """Whether the form that was sent is only to be shown again, as it was typed."""
    return getattr(request, "is_brought_back", False)


def shows_again(view):
    """Mark a view of the desk that shows, and does not save, a form that is brought back."""
    view.shows_again = True
    return view


class ShownAgain:
    """A form that is brought back: whatever is typed in it, it is not ready to be saved."""

    def is_valid(self):
        super().is_valid()
        return False


class KeepsTypedWork:
    """A ModelAdmin whose forms can be brought back."""

    @shows_again
    def add_view(self, *args, **kwargs):
        return super().add_view(*args, **kwargs)

    @shows_again
    def change_view(self, *args, **kwargs):
        return super().change_view(*args, **kwargs)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (ShownAgain, form), {}) if is_brought_back(request) else form
