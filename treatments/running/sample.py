"""What a first start brings, so that it shows a whole site: clinic, demonstration hours, notices and the article."""

import tomllib
from pathlib import Path

from django.db import transaction

from treatments.models import Clinic, Notice, NoticeKind, OpeningHours, Treatment
from treatments.publication import content_file, publishing
from treatments.publication import document as documents
from treatments.text import pictures

CONTENT = Path(__file__).parents[1] / "content"


def bring() -> list[str]:
    """Add what is missing, touch nothing that is there, and return what was added, in words."""
    added = []
    with transaction.atomic():
        if not Clinic.objects.exists():
            bring_clinic()
            added.append("the clinic with demonstration hours")
        for kind in NoticeKind.values:
            text = (CONTENT / "notices" / f"{kind}.md").read_text(encoding="utf-8")
            newest = Notice.objects.newest(kind)
            # A new wording of ours takes the place of our old one alone; the clinic's own stays.
            if newest is None or (newest.is_bundled and newest.text != text):
                Notice.objects.add(kind=kind, text=text, is_bundled=True)
                added.append(f"the {kind} notice")
    if not Treatment.objects.exists():
        bring_article()
        added.append("the Pico laser article, as a sample")
    return added


def bring_clinic() -> None:
    """Make the clinic's row and its demonstration hours, as clinic.toml has them."""
    facts = tomllib.loads((CONTENT / "clinic.toml").read_text(encoding="utf-8"))
    clinic = Clinic.objects.create(pk=Clinic.ONLY, name=facts["name"], shows_demonstration_hours=True, seats=2)
    OpeningHours.objects.bulk_create(
        OpeningHours(clinic=clinic, weekday=weekday, opens=hours["opens"], closes=hours["closes"])
        for hours in facts["opening_hours"]
        for weekday in hours["weekdays"]
    )


def bring_article() -> None:
    """The article as it was written for the clinic, its figures included; a sample until a clinician publishes it."""
    document, found = content_file.read(CONTENT / "pico-laser.toml")
    for picture in found:
        pictures.store(picture)
    publishing.publish_sample(documents.write(document))
