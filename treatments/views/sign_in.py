"""The pages between the desk and whoever wants to get in."""

from django.shortcuts import render


def too_many_tries(request, original_response, credentials):
    """429 in the place of a sign-in that came too often."""
    context = {"minutes": -(-request.seconds_to_wait // 60)}
    response = render(request, "admin/locked_out.html", context, status=429)
    response.headers["Retry-After"] = str(request.seconds_to_wait)
    response.headers["Cache-Control"] = "no-store"
    return response
