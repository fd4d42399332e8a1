"""Files made for one recipient: agreed rows, in an order of the recipient's own, sealed to its SM2 key; and leaked copies traced."""

from zhengtong.sharing.gateway.actions.filing.asking import ask_file, content_of, expire_files
from zhengtong.sharing.gateway.actions.filing.making import MAKE_FILE
from zhengtong.sharing.gateway.actions.filing.tracing import Suspect, trace

__all__ = ["MAKE_FILE", "Suspect", "ask_file", "content_of", "expire_files", "trace"]
