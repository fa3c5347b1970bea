from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from treatments.accounts.staff import give_account
from treatments.management.prepared import PreparedCommand


class Command(PreparedCommand):
    help = "Make a staff account, or give one a new password. The password is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="staff", help="the name to sign in with (staff)")

    def handle(self, *, name: str, **options: Any) -> None:
        try:
            get_user_model()._meta.get_field("username").clean(name, None)
        except ValidationError as error:
            raise CommandError(f"“{name}” cannot be a name: {' '.join(error.messages)}") from error
        password = give_account(name)
        self.stdout.write(f"Sign in at {settings.SITE_URL}/admin/ as {name} with the password {password}")
        self.stdout.write("The password is shown only now.")
