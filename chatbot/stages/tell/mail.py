"""Sends a notice as e-mail: an account of the outbox like any other, for people who are not on the network."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr

from chatbot.config import Mail
from chatbot.core.model import Draft
from chatbot.platforms.errors import NotSignedIn, OutcomeUnknown, Rejected, Unavailable
from chatbot.store.outbox import EMAIL

_SMTPS = 465


class MailSender:
    """Sends letters through one mail server; a draft's `warning` is the subject."""

    name = EMAIL

    def __init__(self, settings: Mail, deadline: timedelta) -> None:
        self.settings = settings
        self.deadline = deadline.total_seconds()

    def publish(self, draft: Draft, key: str, recipient: str) -> None:
        """Send one letter; raises the port's errors. The same key makes the same Message-ID."""
        try:
            message = self._letter(draft, key, recipient)
        except ValueError as error:
            raise Rejected("The address or the subject of this e-mail cannot be used, so it was not sent.") from error
        with self._connection() as server, _sending():
            server.send_message(message)

    def _letter(self, draft: Draft, key: str, recipient: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self.settings.sender, recipient
        message["Subject"] = " ".join(draft.warning.split()) or "From your chat"
        domain = parseaddr(self.settings.sender)[1].rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(draft.text + "\n")
        return message

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """Open a connection, safe unless the settings say otherwise; nothing was sent when this fails."""
        where = f"the mail server {self.settings.server}"
        try:
            server = self._open()
        except smtplib.SMTPAuthenticationError as error:
            raise NotSignedIn(f"{where.capitalize()} refused the user or the password in the settings.") from error
        except smtplib.SMTPNotSupportedError as error:
            raise Rejected(f"{where.capitalize()} cannot do what the settings ask (TLS or signing in).") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"{where.capitalize()} cannot be reached.") from error
        try:
            yield server
        finally:
            _close(server)

    def _open(self) -> smtplib.SMTP:
        settings, context = self.settings, ssl.create_default_context()
        if settings.tls and settings.port == _SMTPS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.server, settings.port, timeout=self.deadline, context=context
            )
        else:
            server = smtplib.SMTP(settings.server, settings.port, timeout=self.deadline)
        try:
            if settings.tls and settings.port != _SMTPS:
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password or "")
        except BaseException:
            server.close()
            raise
        return server


@contextmanager
def _sending() -> Iterator[None]:
    """Turn what may happen while a letter is handed over into the port's errors."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _said in error.recipients.values()]
        raise _refusal(min(codes, default=500)) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Rejected("The mail server cannot carry an address with letters like these.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown("The mail server broke off while it took the e-mail.") from error


def _refusal(code: int) -> Rejected | Unavailable:
    if 400 <= code < 500:
        return Unavailable(f"The mail server does not take the e-mail now (it said {code}).")
    return Rejected(f"The mail server refused the e-mail for good (it said {code}).")


def _close(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
