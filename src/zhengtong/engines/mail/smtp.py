"""Mail by SMTP (RFC 5321), with STARTTLS or TLS from the first byte; the server's certificate is always checked."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.policy import SMTP, SMTPUTF8

from zhengtong.engines import mail
from zhengtong.kernel import errors, logs

log = logs.get(__name__)

_MOST_REASON = 200
_NO_UTF8 = "the server takes no addresses beyond ASCII (SMTPUTF8)"
CHECK_TIMEOUT_S = 2.0


class SmtpMail:
    """The Mail port on an SMTP server, one connection a letter."""

    features = mail.Features(engine="smtp", delivers=True)

    def __init__(self, settings: mail.MailSettings) -> None:
        self._settings = settings
        self._trust = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)

    def send(self, letter: mail.Letter) -> None:
        message = mail.composed(letter, self._settings)
        to = message["To"].addresses[0].addr_spec
        options: tuple[str, ...] = ()
        policy = SMTP
        with self._connected() as server:
            if not to.isascii():
                if not server.has_extn("smtputf8"):
                    raise mail.MailRefused(code=553, reason=_NO_UTF8)
                options, policy = ("SMTPUTF8", "BODY=8BITMIME"), SMTPUTF8
            _expect(server.mail(self._settings.sender, options))
            _expect(server.rcpt(to))
            _hand_over(server, message.as_bytes(policy=policy))
        log.info("mail.sent", to=mail.hidden(letter.to), message_id=letter.message_id)

    def check(self) -> None:
        """Raises MailUnavailable unless the server lets us in within two seconds a step."""
        with self._connected(CHECK_TIMEOUT_S) as server:
            server.noop()

    @contextmanager
    def _connected(self, timeout_s: float | None = None) -> Iterator[smtplib.SMTP]:
        """A signed-in connection; whatever breaks in it is told in the port's words."""
        try:
            server = self._greeted(timeout_s or self._settings.timeout_s)
        except (smtplib.SMTPException, OSError) as failed:
            raise _unavailable(_reason(failed)) from None
        try:
            yield server
        except (smtplib.SMTPServerDisconnected, OSError) as failed:
            raise _unavailable(_reason(failed)) from None
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _greeted(self, timeout_s: float) -> smtplib.SMTP:
        told = self._settings
        if told.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(told.host, told.port, timeout=timeout_s, context=self._trust)
        else:
            server = smtplib.SMTP(told.host, told.port, timeout=timeout_s)
        try:
            server.ehlo_or_helo_if_needed()
            if told.security == "starttls":
                server.starttls(context=self._trust)
                server.ehlo()
            if told.user:
                server.login(told.user, told.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server


def open_smtp(settings: mail.MailSettings) -> SmtpMail:
    """This will send by the server named in the settings; it connects with the first letter."""
    return SmtpMail(settings)


def _hand_over(server: smtplib.SMTP, content: bytes) -> None:
    """Once DATA has begun, a broken connection leaves open whether the letter was taken."""
    try:
        _expect(server.data(content))
    except smtplib.SMTPDataError as refused:
        _expect((refused.smtp_code, refused.smtp_error))
    except (smtplib.SMTPServerDisconnected, OSError) as failed:
        raise _unavailable(_reason(failed), in_flight=True) from None


def _expect(answer: tuple[int, bytes | str]) -> None:
    """2xx goes on; 4xx is for now, 5xx for good (RFC 5321 §4.2.1)."""
    code, text = answer
    if 200 <= code < 300:
        return
    reason = (text.decode("utf-8", "replace") if isinstance(text, bytes) else text)[:_MOST_REASON]
    if 500 <= code < 600:
        raise mail.MailRefused(code=code, reason=reason)
    raise _unavailable(f"{code} {reason}")


def _unavailable(reason: str | errors.Words, *, in_flight: bool = False) -> mail.MailUnavailable:
    return mail.MailUnavailable(reason=reason, in_flight=in_flight)


def _reason(failed: Exception) -> errors.Words:
    """What failed, without the password that a server may echo."""
    if isinstance(failed, smtplib.SMTPAuthenticationError):
        return errors.Words("用户名或口令被拒绝，请核对 mail.user", "the user or password was refused; check mail.user")
    if isinstance(failed, smtplib.SMTPNotSupportedError):
        return errors.Words("服务器不支持所要的加密或登录方式", "the server lacks the wanted encryption or sign-in")
    if isinstance(failed, ssl.SSLCertVerificationError):
        why = failed.verify_message
        return errors.Words(f"服务器证书不可信：{why}", f"the server's certificate is not trusted: {why}")
    if isinstance(failed, TimeoutError) or isinstance(failed.__context__, TimeoutError):
        return errors.Words("服务器超时未答", "the server did not answer in time")
    if isinstance(failed, smtplib.SMTPServerDisconnected):
        return errors.Words("连接中断", "the connection broke off")
    why = (getattr(failed, "strerror", "") or type(failed).__name__)[:_MOST_REASON]
    return errors.Words(f"连接不上：{why}", f"cannot connect: {why}")
