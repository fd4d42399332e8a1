"""Who may see calls, try them, find a person's uses, and answer those who ask."""

from zhengtong.kernel.actor import Permission

READ = Permission("gateway.read", "查看数据服务与调用记录", "See data services and the record of calls")
TRACE = Permission("gateway.trace", "代查询个人数据使用记录", "Find the uses of a person's data for them", step_up=True)
FIND_USAGE = Permission("gateway.find_usage", "经接口查询个人数据使用记录", "Find a person's uses by the interface")
ANSWER = Permission("gateway.answer", "答复个人的询问和异议", "Answer questions and objections of persons")
RECHECK = Permission("gateway.recheck", "复核历史裁决", "Decide past calls again")
READ_DELIVERIES = Permission(
    "gateway.deliveries.read", "查看库表交换与文件，下载文件", "See exchanges and files, fetch files"
)
CHANGE_DELIVERIES = Permission(
    "gateway.deliveries.change", "安排库表交换与文件", "Arrange exchanges and files", step_up=True
)
TRACE_LEAK = Permission("gateway.leaks.trace", "核查泄露的文件", "Trace a leaked file", step_up=True)

PERMISSIONS = (READ, TRACE, FIND_USAGE, ANSWER, RECHECK, READ_DELIVERIES, CHANGE_DELIVERIES, TRACE_LEAK)
