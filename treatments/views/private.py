"""Pages behind a private link. Nothing changes on GET: mail scanners follow links."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from django.http import Http404, HttpResponse

from treatments.models.private_link import PrivatelyLinked
from treatments.web.requests import SiteRequest

Row = TypeVar("Row", bound=PrivatelyLinked)


@dataclass(frozen=True)
class OpenedLink(Generic[Row]):
    """A private link that somebody has opened: the row behind it, and which of the row's two signatures it carries.

    The pages behind the link lead to one another by the same signature, so that one from a letter is not lost.
    """

    row: Row
    signature: str

    def path(self) -> str:
        """The path of the page that the link opens."""
        return self.row.private_path(self.signature)

    def url(self) -> str:
        """The same with the site's address before it, to keep."""
        return settings.SITE_URL + self.path()

    def is_from_letter(self) -> bool:
        """Whether it is the link of a letter, so that whoever opened it has the mailbox that it was sent to."""
        return self.row.is_from_letter(self.signature)


PrivateView = Callable[[SiteRequest, OpenedLink[Row]], HttpResponse]
#: What the URLs call: with the public id and the signature that they name.
LinkView = Callable[[SiteRequest, str, str], HttpResponse]


def behind_link_of(model: type[Row]) -> Callable[[PrivateView[Row]], LinkView]:
    """A decorator for the views of what a private link opens; it keeps them out of every cache and index.

    404 for a link that opens nothing, as after erasing.
    """

    def private(view: PrivateView[Row]) -> LinkView:
        @functools.wraps(view)
        def with_link(request: SiteRequest, public_id: str, signature: str) -> HttpResponse:
            found = model._default_manager.select_related("treatment").filter(public_id=public_id).first()
            if found is None or not found.opens_with(signature):
                raise Http404
            response = view(request, OpenedLink(found, signature))
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return with_link

    return private
