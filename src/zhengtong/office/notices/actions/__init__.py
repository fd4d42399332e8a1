"""What can be done with notices."""

from zhengtong.office.notices.actions.announcing import SPREAD, Words, audience_of, broadcast, preview, withdraw
from zhengtong.office.notices.actions.digesting import DIGEST
from zhengtong.office.notices.actions.reading import Which, choose_habits, mark_read, mark_unread
from zhengtong.office.notices.actions.sending import SEND, STATES, message_id, send_again
from zhengtong.office.notices.actions.telling import checked_link, tell
from zhengtong.office.notices.actions.testing import Tried, send_test_mail

__all__ = [
    "DIGEST",
    "SEND",
    "SPREAD",
    "STATES",
    "Tried",
    "Which",
    "Words",
    "audience_of",
    "broadcast",
    "checked_link",
    "choose_habits",
    "mark_read",
    "mark_unread",
    "message_id",
    "preview",
    "send_again",
    "send_test_mail",
    "tell",
    "withdraw",
]
