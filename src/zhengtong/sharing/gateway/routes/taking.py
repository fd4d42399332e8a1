"""A governed call on its way in: from what was sent to what the committer takes."""

from collections.abc import Callable
from typing import NamedTuple

from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.actions import relay
from zhengtong.sharing.gateway.actions.committing import Message, Outcome, Pending
from zhengtong.sharing.gateway.actions.serving import Caller, Gateway

SAID = (b"x-zhengtong-purpose", b"x-zhengtong-case", b"x-zhengtong-person", b"x-zhengtong-factor-at")


class Came(NamedTuple):
    """A request as it came. `place`: agreement, item, operation; `said`: the values of the headers SAID."""

    place: tuple[str, str, str]
    said: tuple[bytes, bytes, bytes, bytes]
    body: bytes
    message: Message

    @property
    def is_quick(self) -> bool:
        """True for what is answered without asking for rows beforehand, or for who sits at the system."""
        return self.place[2] == "lookup" and not self.said[2]


def pending(
    gateway: Gateway, caller: Caller, came: Came, tell: Callable[[Outcome], None], *, here: bool = False
) -> Pending:
    """The call of a caller who is known, once its question is read. Its rows are read ahead, unless it is quick and to be committed `here`."""
    now = came.message.request_in
    said = rules.read_stated(*came.said)
    if said.person:
        caller = gateway.at_hand_of(caller, said, now=now)
    if came.place[2] == "relay":
        question = relay.read_question(came.place[:2], said, came.body)
        return gateway.relayed(caller, question, came.message, tell, now=now)
    asked = rules.read_asked(came.place, said, came.body, gateway.limits)
    call = gateway.pending(caller, asked, came.message, tell, now=now)
    if not here:
        gateway.prepare(call, asked)
    return call
