from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from treatments.management import progress
from treatments.management.prepared import PreparedCommand, text
from treatments.models import Treatment
from treatments.publication import content_file, publishing
from treatments.text import pictures
from treatments.values import document_format


def check_clinician(name: str | None) -> None:
    """Raise CommandError if there is no such account or it may not confirm; None, where nobody was named, is right."""
    if name is None:
        return
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None or not user.has_perm("treatments.confirm_treatment"):
        raise CommandError(f"“{name}” is no active account of a clinician. Nothing was changed.")


class Command(PreparedCommand):
    help = "Make a treatment's draft out of a content file (docs/content-format.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the content file; its pictures lie beside it")
        parser.add_argument(
            "--publish-sample", action="store_true", help="publish it at once, marked as awaiting clinical review"
        )
        parser.add_argument("--replace-draft", action="store_true", help="put it in the place of a draft that is there")
        parser.add_argument(
            "--confirmed-by",
            type=text,
            metavar="NAME",
            help="the account of a clinician who stands for the file's review, clinic figures and waivers; "
            "without one they come in as proposed",
        )

    def handle(
        self, *, file: str, publish_sample: bool, replace_draft: bool, confirmed_by: str | None, **options: Any
    ) -> None:
        check_clinician(confirmed_by)
        try:
            document, found = content_file.read(file)
            slug = document["slug"]
            if not replace_draft and Treatment.objects.filter(slug=slug).exists():
                raise CommandError(
                    f"There is already a draft of “{slug}”. Nothing was changed. "
                    "Add --replace-draft to put the file in its place."
                )
            for picture in progress.shown(found, self.stdout, "Pictures"):
                pictures.store(picture)
            with transaction.atomic():
                treatment, said = publishing.bring_in(document, is_confirmed=confirmed_by is not None)
                edition = publishing.publish_sample(treatment) if publish_sample else None
        except document_format.Refused as refused:
            many = len(refused.problems)
            raise CommandError(
                f"{many} problem{'s' if many > 1 else ''}; nothing was imported.\n{refused}"
            ) from refused
        except OSError as error:
            raise CommandError(
                f"The pictures could not be stored ({error.strerror}); nothing was imported. "
                "Make room, or give this user the right to write there, and try again."
            ) from error
        self.stdout.write(f"The draft of “{treatment.name}” is in place.")
        if said:
            self.stdout.write("No clinician stands for these (--confirmed-by):")
            self.stdout.write("\n".join(said))
        if edition:
            self.stdout.write(f"Edition {edition.number} is public, as a sample.")
