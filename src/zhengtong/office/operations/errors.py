"""What can go wrong in operations."""

from zhengtong.kernel import errors


class JobNotFound(errors.NotFound):
    zh = "没有编号为 {number} 的任务；完成的任务只保留三天。"
    en = "There is no job {number}; finished jobs are kept for three days."


class EventNotFound(errors.NotFound):
    zh = "没有这个事件。"
    en = "There is no such event."


class TimerNotFound(errors.NotFound):
    zh = "没有名为 {name} 的定时器。"
    en = "There is no timer {name}."


class CannotReplay(errors.Conflict):
    zh = "任务 {number} 的状态是“{state}”，只有失败或已取消的才能重放。"
    en = "Job {number} is “{state}”; only a failed or cancelled one can be replayed."


class CannotCancel(errors.Conflict):
    zh = "任务 {number} 的状态是“{state}”，只有等待中的才能取消。"
    en = "Job {number} is “{state}”; only a waiting one can be cancelled."


class NothingChosen(errors.Invalid):
    zh = "请选择要重放的任务，或给出任务名称。"
    en = "Choose the jobs to replay, or give a job's name."
