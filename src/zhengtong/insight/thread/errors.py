"""What can go wrong when a thread is asked for."""

from zhengtong.kernel import errors


class EndNotFound(errors.NotFound):
    zh = "没有找到“{id}”，或者它不在您能看的范围内；请核对编号，或从它的页面点“来龙去脉”进来。"
    en = "Nothing called “{id}” is there for you to see; check the number, or come by “thread” on its page."


class ProofsAbsent(errors.NotFound):
    zh = "这条线上还没有您能看到的、已上账本的证明；上链通常只要几秒，请稍后再取。"
    en = "No proof that you may see is on the ledger yet; it mostly takes seconds, come again."
