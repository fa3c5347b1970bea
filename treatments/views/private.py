"""Pages behind a private link. Nothing changes on GET: mail scanners follow links."""

import functools

from django.http import Http404


def behind_link_of(model):
    """A decorator for the views of what a private link opens; it keeps them out of every cache and index.

    404 for a link that opens nothing, as after erasing.
    """

    def private(view):
        @functools.wraps(view)
        def with_row(request, public_id, signature):
            found = model.objects.select_related("treatment").filter(public_id=public_id).first()
            if found is None or not found.opens_with(signature):
                raise Http404
            found.opened_with = signature
            response = view(request, found)
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return with_row

    return private
