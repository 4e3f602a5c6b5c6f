"""One command of one client: judged, run, answered."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from safelight.wire import messages
from safelight.wire.documents import decode
from safelight.wire.messages import Message
from safelight_server.authn.authenticator import Ticket
from safelight_server.authz.access import Access
from safelight_server.authz.decision import Answer, Deny, Effect, Forward
from safelight_server.authz.request import Request
from safelight_server.errors import ServerError, UnavailableError
from safelight_server.gateway import metrics, replies
from safelight_server.gateway.backend.backend import BODY_OFFSET, Backend
from safelight_server.gateway.backend.errors import BackendSetupError, LinkLostError, NoPrimaryError
from safelight_server.gateway.cursors import Cursors
from safelight_server.gateway.envelope import Envelope
from safelight_server.gateway.intake import take_in
from safelight_server.gateway.judge import judge
from safelight_server.gateway.rules import Rules

logger = logging.getLogger(__name__)

_REFUSED: Final = 13
_NOT_RUN: Final = {"ok": 0.0}


class CommandRunner:
    """Runs the commands of one connection, one after the other.

    Args:
        backend: MongoDB
        rules: the policy
        ticket: whose connection it is
        connection_id: for logs, and for MongoDB's own profiler
    """

    def __init__(self, backend: Backend, rules: Rules, ticket: Ticket, connection_id: str) -> None:
        self._backend = backend
        self._rules = rules
        self._ticket = ticket
        self.connection_id = connection_id
        self._count = 0
        self._database = ""
        self._meter: metrics.CommandMeter | None = None
        self._replied: tuple[dict[str, Any], Forward, bytearray] | None = None
        self.cursors = Cursors(ticket.principal().id)

    async def run(self, message: Message, body: dict[str, Any]) -> bytes | bytearray | None:
        """Return the message that answers; None when the client wants none. Call `note` once it is sent.

        Args:
            message: as it came
            body: its body, decoded; it is changed

        Raises:
            AuthenticationError: the principal may not be here any more
            WireProtocolError: the client says what no driver says
        """
        self._count += 1
        try:
            await self._rules.ready()
        except UnavailableError as problem:
            return replies.wrap(replies.unavailable(problem, body), message) if message.wants_reply else None
        principal = self._ticket.principal()
        request, envelope = take_in(message, body, principal.id)
        access = self._rules.access(principal)
        self._meter = metrics.CommandMeter(request.name, len(message.body))
        with self._meter as meter:
            if self.cursors.is_full and request.name not in {"getMore", "killCursors"}:
                decision: Forward | Answer | Deny = Deny("too many cursors are open", rule="cursors")
            else:
                decision = await judge(self._rules, request, access, self.cursors)
            if isinstance(decision, Forward):
                meter.level = decision.level.name
                return await self._forward(decision, request, envelope, access, message)
            if isinstance(decision, Deny):
                meter.refused(decision.rule)
                self._log_denial(request, decision, access)
                reply = replies.error(decision.code, decision.message)
            else:
                reply = decision.reply
        return replies.wrap(reply, message) if message.wants_reply else None

    def note(self) -> None:
        """Write down what the last command did; for that its client need not wait."""
        meter, self._meter = self._meter, None
        if meter is not None:
            meter.count()
        replied, self._replied = self._replied, None
        if replied is not None:
            self.cursors.note(*replied)

    async def close(self) -> None:
        """Close what is still open at MongoDB."""
        try:
            for account, command in self.cursors.closing_commands(self._database):
                await self._backend.exchange(account, messages.build(command))
        except ServerError as error:
            logger.debug("cursors were left to time out: %s", error)

    async def _forward(
        self, forward: Forward, request: Request, envelope: Envelope, access: Access, message: Message
    ) -> bytes | bytearray | None:
        self._database = request.database
        command = envelope.put_back(forward.body, request.database)
        command.setdefault("comment", self._comment(access))
        outgoing = messages.build(
            command,
            request_id=message.request_id,
            flags=message.flags,
            sequences=forward.sections,
        )
        try:
            await self._prepare(forward.before, access)
        except ServerError as problem:
            return replies.wrap(replies.error(_REFUSED, str(problem)), message)
        try:
            if not message.wants_reply:
                await self._backend.send(forward.account, outgoing)
                reply = None
            else:
                reply = await self._backend.exchange(forward.account, outgoing)
        except (LinkLostError, NoPrimaryError, BackendSetupError) as problem:
            # What was prepared stays: the driver sends the command again.
            logger.warning("%s of %s failed: %s", request.name, access.principal.name, problem)
            return replies.wrap(replies.unavailable(problem, command), message)
        return await self._finish(forward, command, access, reply)

    async def _prepare(self, effects: Sequence[Effect], access: Access) -> None:
        """Prepare all of the effects or none."""
        prepared: list[Effect] = []
        try:
            for effect in effects:
                await self._rules.prepare(effect, access)
                prepared.append(effect)
        except ServerError:
            await self._settle(prepared, access, _NOT_RUN)
            raise

    async def _settle(self, effects: Sequence[Effect], access: Access, said: dict[str, Any] | None) -> None:
        for effect in effects:
            await self._rules.settle(effect, access, said)

    async def _finish(
        self, forward: Forward, command: dict[str, Any], access: Access, reply: bytearray | None
    ) -> bytes | bytearray | None:
        if forward.before or forward.after:
            said = None if reply is None else _body(reply)
            await self._settle((*forward.before, *forward.after), access, said)
        if reply is None:
            return None
        self._replied = command, forward, reply
        if forward.reply is None:
            return reply
        incoming = messages.parse(bytes(reply))
        changed = forward.reply(incoming.command())
        return messages.build(changed, request_id=incoming.request_id, response_to=incoming.response_to)

    def _comment(self, access: Access) -> dict[str, str]:
        return {"safelight": access.principal.id, "request": f"{self.connection_id}-{self._count}"}

    def _log_denial(self, request: Request, decision: Deny, access: Access) -> None:
        logger.info(
            "refused %s on %s to %s: %s",
            request.name,
            request.target if isinstance(request.target, str) else type(request.target).__name__,
            access.principal.name,
            decision.message,
            extra={"rule": decision.rule, "request_id": f"{self.connection_id}-{self._count}"},
        )


def _body(reply: bytearray) -> dict[str, Any]:
    with memoryview(reply) as view:
        return decode(view[BODY_OFFSET:])
