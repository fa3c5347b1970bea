from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from treatments.management.prepared import PreparedCommand, text
from treatments.models import Treatment
from treatments.publication import content_file, publishing
from treatments.values import document_format


class Command(PreparedCommand):
    help = "Write a treatment's draft as a content file, with its pictures beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", type=text, help="the last part of the treatment's address")
        parser.add_argument(
            "--to", metavar="FOLDER", help="where to write SLUG.toml and its pictures; without it the text is printed"
        )

    def handle(self, *, slug: str, to: str | None, **options: Any) -> None:
        treatment = Treatment.objects.filter(slug=slug).first()
        if treatment is None:
            known = ", ".join(Treatment.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no treatment “{slug}”. The treatments are: {known}.")
        document = publishing.draft_of(treatment)
        if to is None:
            self.stdout.write(content_file.text_of(document), ending="")
            return
        folder = Path(to)
        try:
            content_file.write(document, folder / f"{slug}.toml")
        except document_format.Refused as refused:
            raise CommandError(f"Nothing was written.\n{refused}") from refused
        except OSError as error:
            raise CommandError(f"{folder} cannot be written ({error.strerror}); choose another folder.") from error
        self.stdout.write(f"Written: {folder / f'{slug}.toml'}")
