"""What can be asked of the thread: reads only, each step by the right of its own room."""

from zhengtong.insight.thread.queries.bundling import bundle
from zhengtong.insight.thread.queries.checking import check
from zhengtong.insight.thread.queries.entering import enter
from zhengtong.insight.thread.queries.fans import ends, lines
from zhengtong.insight.thread.queries.reading import Focus, Reading
from zhengtong.insight.thread.queries.telling import steps, thread_out

__all__ = ["Focus", "Reading", "bundle", "check", "ends", "enter", "lines", "steps", "thread_out"]
