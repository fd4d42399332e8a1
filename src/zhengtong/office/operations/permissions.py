"""Who may look into the engine room, and who may turn a valve."""

from zhengtong.kernel.actor import Permission

READ = Permission("operations.read", "查看运行状态", "See how the platform runs")
ACT = Permission("operations.act", "重放、取消任务与运行定时器", "Replay and cancel jobs, run timers")
READ_SETTINGS = Permission("operations.settings.read", "查看平台设置", "See the platform's settings")

ALL = (READ, ACT, READ_SETTINGS)
