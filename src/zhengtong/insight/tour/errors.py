"""What can go wrong with the demo's clock and with beginning anew."""

from zhengtong.kernel import errors


class NothingAhead(errors.Conflict):
    zh = "眼下没有在走的时限，没有可以跳到的下一处；请改用“一小时”或“下一个工作日”。"
    en = "No limit is running, so there is none to go on to; go on by an hour or to the next working day."


class NotYours(errors.Refused):
    zh = "重置会抹掉所有人在这座演示城市里做过的事，只有演示的管理员可以做。"
    en = "Beginning anew wipes out what everybody has done in this demo; only its administrator can."


class NotFromHere(errors.Conflict):
    zh = "这座演示城市不能从页面重置；请停下它，再运行 zhengtong demo reset。"
    en = "This demo cannot be begun anew from the page; stop it and run zhengtong demo reset."
