"""Short messages into the log, masked; with `sms.outbox`, their full text into a file of mode 0600 that the demo shows."""

import json
import os
from datetime import datetime

from zhengtong.engines import sms
from zhengtong.kernel import errors, logs

log = logs.get(__name__)


class LogSms:
    """The Sms port on the log."""

    features = sms.Features(engine="log", delivers=False)

    def __init__(self, settings: sms.SmsSettings) -> None:
        self._outbox = settings.outbox

    def send(self, text: sms.Text, *, now: datetime) -> str:
        to = sms.number(text.to)
        if self._outbox:
            self._keep(
                {"at": now.isoformat(), "id": text.id, "to": to, "template": text.template, "params": {**text.params}}
            )
        log.info("sms.kept", to=sms.hidden(to), template=text.template, id=text.id)
        return ""

    def _keep(self, told: dict[str, object]) -> None:
        if self._outbox is None:
            return
        try:
            self._outbox.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._outbox, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(json.dumps(told, ensure_ascii=False) + "\n")
        except OSError as failed:
            why = failed.strerror or type(failed).__name__
            reason = errors.Words(f"{self._outbox} 写不进：{why}", f"{self._outbox} is not writable: {why}")
            raise sms.SmsUnavailable(reason=reason, in_flight=False) from None


def open_log(settings: sms.SmsSettings) -> LogSms:
    """This will log messages and send none."""
    return LogSms(settings)
