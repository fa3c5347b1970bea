"""Where letters go when there is no mail server: files that show what would have been sent."""

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    """Writes each letter as an .eml file into settings.MAIL_FOLDER, named by its Message-ID."""

    def send_messages(self, letters):
        settings.MAIL_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
        for letter in letters:
            message = letter.message()
            name = message["Message-ID"].strip("<>").partition("@")[0]
            (settings.MAIL_FOLDER / f"{name}.eml").write_bytes(message.as_bytes())
        return len(letters)
