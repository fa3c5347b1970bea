"""What staff typed into a form of the desk whose session had ended: carried through the sign-in, and shown again.

Nothing is stored. Every form names, signed, the account that it was made for. When the form comes back and nobody is
signed in, the pages of the sign-in carry its fields, signed with the account and the URL, and the same account
gets them back as a form that is not saved.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.core.signing import BadSignature, Signer
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.forms import BaseForm, ModelForm

    AnyForm = BaseForm
    AnyModelAdmin = ModelAdmin[Any]
else:
    # For mypy the classes below are a form and a ModelAdmin. When the code runs they are mixins: whoever uses one names
    # a form or a ModelAdmin as a second base.
    AnyForm = AnyModelAdmin = object

View = TypeVar("View", bound=Callable[..., HttpResponse])
#: (name, value) of each field, in the order of the form; a field of several values is there several times.
Fields = tuple[tuple[str, str], ...]

#: In characters of names and values together. More is not carried.
MOST = 1024 * 1024
#: The fields beside those that were typed: the account that the form was made for, its URL, and the signature.
AUTHOR, ADDRESS, SIGNATURE = "typed_by", "typed_on", "typed_seal"
PREFIX = "typed-"
#: Names of fields that are never carried: they hold what is valid once, or what no page may show.
NEVER = re.compile(r"password|^code$|^again-|^csrfmiddlewaretoken$|^typed_", re.I)


@dataclass(frozen=True)
class TypedWork:
    """The fields of a form as they were sent, by the account with the id `author`, to `url`: path and query."""

    author: str
    url: str
    fields: Fields

    def is_of(self, user: User | AnonymousUser) -> bool:
        """Whether this account has typed it; no visitor has."""
        return user.is_authenticated and self.author == str(user.pk)

    def hidden_fields(self) -> Iterator[tuple[str, str]]:
        """(name, value) of the hidden fields that carry it through a page of the sign-in."""
        yield AUTHOR, mark_of(self.author)
        yield ADDRESS, self.url
        yield SIGNATURE, self.signature()
        for name, value in self.fields:
            yield f"{PREFIX}{name}", value

    def signature(self) -> str:
        """What proves that we wrote the hidden fields."""
        # Browsers send every line end as CR LF, whatever it was.
        texts = [(name, re.sub(r"\r\n?", "\n", value)) for name, value in self.fields]
        return Signer(salt=SIGNATURE).signature(json.dumps([self.author, self.url, texts]))

    def as_sent(self) -> QueryDict:
        """The fields as Django reads them from a request."""
        sent = QueryDict(mutable=True)
        for name, value in self.fields:
            sent.appendlist(name, value)
        return sent


def mark_of(author: int | str) -> str:
    """The id of an account, signed, as forms of the desk carry it."""
    return Signer(salt=AUTHOR).sign(str(author))


def sent_by(request: HttpRequest) -> TypedWork | None:
    """What a form of the desk sent, itself or carried by a page of the sign-in.

    None for any other request, for a wrong signature, and for more than is carried.
    """
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


def is_carried(request: HttpRequest) -> bool:
    """Whether the form comes from a page of the sign-in, and not from the screen on which it was typed."""
    return SIGNATURE in request.POST


def fields_of(post: QueryDict) -> Fields:
    """(name, value) of everything in a form that may be sent again: no passwords, codes or tokens, and no files."""
    return tuple((name, value) for name, value in pairs(post) if not NEVER.search(name))


def pairs(post: QueryDict) -> Iterator[tuple[str, str]]:
    """(name, value) of every field, without U+0000, which no page can hold."""
    return ((name, value.replace("\0", "")) for name, values in post.lists() for value in values)


def bring_back(request: HttpRequest, work: TypedWork) -> None:
    """Make the request the one that was sent, and mark it as one that must not be saved."""
    request.POST = work.as_sent()  # type: ignore[assignment]  # Django's own cannot be changed; nobody changes this one
    request.is_brought_back = True  # type: ignore[attr-defined]  # our mark, read by the next function alone


def is_brought_back(request: HttpRequest) -> bool:
    """Whether the form that was sent is only to be shown again, as it was typed."""
    return bool(getattr(request, "is_brought_back", False))


def shows_again(view: View) -> View:
    """Mark a view of the desk that shows, and does not save, a form that is brought back."""
    view.shows_again = True  # type: ignore[attr-defined]  # our mark, which the desk looks for
    return view


class ShownAgain(AnyForm):
    """A form that is brought back: whatever is typed in it, it is not ready to be saved."""

    def is_valid(self) -> bool:
        super().is_valid()
        return False


class KeepsTypedWork(AnyModelAdmin):
    """A ModelAdmin whose forms can be brought back."""

    @shows_again
    def add_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().add_view(*args, **kwargs)

    @shows_again
    def change_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().change_view(*args, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> "type[ModelForm[Any]]":
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (ShownAgain, form), {}) if is_brought_back(request) else form
