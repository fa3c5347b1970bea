from django.core.management.base import CommandError
from django.db import transaction

from treatments import content_file, pictures, publishing
from treatments import document as documents
from treatments.management.prepared import PreparedCommand
from treatments.models import Treatment


class Command(PreparedCommand):
    help = "Make a treatment's draft out of a content file (docs/content-format.md)."

    def add_arguments(self, parser):
        parser.add_argument("file", help="the content file; its pictures lie beside it")
        parser.add_argument(
            "--publish-sample", action="store_true", help="publish it at once, marked as awaiting clinical review"
        )
        parser.add_argument("--replace-draft", action="store_true", help="put it in the place of a draft that is there")

    def handle(self, *, file, publish_sample, replace_draft, **options):
        try:
            document, found = content_file.read(file)
            slug = document["slug"]
            if not replace_draft and Treatment.objects.filter(slug=slug).exists():
                raise CommandError(
                    f"There is already a draft of “{slug}”. Nothing was changed. "
                    "Add --replace-draft to put the file in its place."
                )
            for picture in found:
                pictures.store(picture)
            with transaction.atomic():
                treatment = documents.write(document)
                edition = publishing.publish_sample(treatment) if publish_sample else None
        except documents.Refused as refused:
            many = len(refused.problems)
            raise CommandError(
                f"{many} problem{'s' if many > 1 else ''}; nothing was imported.\n{refused}"
            ) from refused
        except OSError as fault:
            raise CommandError(
                f"The pictures could not be stored ({fault.strerror}); nothing was imported. "
                "Make room, or give this user the right to write there, and try again."
            ) from fault
        self.stdout.write(f"The draft of “{treatment.name}” is in place.")
        if edition:
            self.stdout.write(f"Edition {edition.number} is public, as a sample.")
