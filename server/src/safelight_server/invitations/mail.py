"""Letters with invitations in them."""

from __future__ import annotations

import asyncio
import logging
import smtplib
import ssl
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from safelight.storage.credentials import Secret
from safelight_server.invitations.model import Invitation

logger = logging.getLogger(__name__)

_TIMEOUT_S: Final = 15.0
_TEXT: Final = """\
Hello,

{inviter} invites you to work on FiftyOne datasets with your team.
Open this link to join as a {role}:

  {link}

It works once, until {expires:%d %B %Y}.
"""


class Mailer:
    """Sends through one mail server, when there is one.

    Args:
        url: smtp[s]://user:password@host:port; None sends nothing
        sender: the address that letters come from
    """

    def __init__(self, url: Secret | None, sender: str) -> None:
        self._url = url
        self._sender = sender

    async def send(self, invitation: Invitation, inviter: str, link: str) -> bool:
        """Send an invitation; say whether the mail server took it.

        A mail server that does not is no reason to refuse: the link is there to be sent some other way.
        """
        if self._url is None:
            return False
        message = EmailMessage()
        message["Subject"] = "Join your team on FiftyOne"
        message["From"] = self._sender
        message["To"] = invitation.email
        message.set_content(
            _TEXT.format(
                inviter=inviter, role=invitation.role.title, link=link, expires=invitation.expires_at
            )
        )
        try:
            await asyncio.to_thread(_deliver, self._url, message)
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("the mail server did not take the invitation of %s: %s", invitation.email, error)
            return False
        return True


def _deliver(url: Secret, message: EmailMessage) -> None:
    parts = urlsplit(url.reveal())
    host, port = parts.hostname or "localhost", parts.port or 0
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
    else:
        connection = smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
    with connection:
        connection.ehlo()
        if parts.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=context)
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        connection.send_message(message)
