"""Mail into a folder: one .eml a letter, for the demo, for tests, for a city that has no mail server yet."""

import os
import re
import tempfile
from pathlib import Path

from zhengtong.engines import mail
from zhengtong.kernel import errors, logs

log = logs.get(__name__)


class FolderMail:
    """The Mail port on a folder. A letter sent again replaces itself, for its Message-ID is its name."""

    features = mail.Features(engine="folder", delivers=False)

    def __init__(self, settings: mail.MailSettings, folder: Path) -> None:
        self._settings, self._folder = settings, folder

    def send(self, letter: mail.Letter) -> None:
        content = mail.composed(letter, self._settings).as_bytes()
        name = re.sub(r"[^A-Za-z0-9.@_+=-]", "_", letter.message_id.strip("<>"))
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, beside = tempfile.mkstemp(dir=self._folder, prefix=".")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(beside).replace(self._folder / f"{name}.eml")
        except OSError as failed:
            raise self._unwritable(failed) from None
        log.info("mail.kept", to=mail.hidden(letter.to), message_id=letter.message_id)

    def check(self) -> None:
        """Raises MailUnavailable unless a file can be written into the folder."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            tempfile.TemporaryFile(dir=self._folder).close()
        except OSError as failed:
            raise self._unwritable(failed) from None

    def _unwritable(self, failed: OSError) -> mail.MailUnavailable:
        why = failed.strerror or type(failed).__name__
        reason = errors.Words(f"{self._folder} 写不进：{why}", f"{self._folder} is not writable: {why}")
        return mail.MailUnavailable(reason=reason, in_flight=False)


def open_folder(settings: mail.MailSettings, folder: Path) -> FolderMail:
    """This will keep letters in `folder`."""
    return FolderMail(settings, folder)
