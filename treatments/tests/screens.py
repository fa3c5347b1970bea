"""Screens of the desk, read and sent back as a browser does."""

import re

from bs4 import BeautifulSoup
from django.urls import reverse


def screen(desk, address):
    response = desk.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def typed(page):
    """What the screen's form would send if nobody touched it."""
    return typed_into(page.find("form", id=re.compile("_form$")))


def typed_into(form):
    """What this form would send if nobody touched it."""
    values = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = field.get("name"), field.get("type")
        if not name or kind in ("submit", "file") or (kind == "checkbox" and not field.has_attr("checked")):
            continue
        if field.name == "select":
            chosen = field.find("option", selected=True)
            values[name] = chosen["value"] if chosen else ""
        elif field.name == "textarea":
            values[name] = field.text.removeprefix("\r\n").removeprefix("\n")
        else:
            values[name] = field.get("value", "on" if kind == "checkbox" else "")
    return values


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def part_address(treatment, part):
    return reverse("admin:treatments_treatment_change", args=[treatment.pk]) + f"?part={part}"
