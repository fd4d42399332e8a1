"""Who may look after notices. One's own notices need no permission: they are one's own."""

from zhengtong.kernel.actor import Permission

ADMINISTER = Permission("notices.administer", "查看发送记录并重发", "See deliveries and send again")
BROADCAST = Permission("notices.broadcast", "群发通知", "Announce to many")
TEST_CHANNELS = Permission("notices.test", "测试消息通道", "Test the channels")

ALL = (ADMINISTER, BROADCAST, TEST_CHANNELS)
