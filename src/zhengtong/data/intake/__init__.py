"""数据接入: rows of the departments' systems come in, are judged by the standards, and land in the lake; what breaks a rule waits apart.

A source says where rows come from, which item they belong to and how columns map to its fields. A run reads it batch by batch; each
batch lands once, however often the run is killed, and is announced as BatchLanded with the SM3 digest of what was read.
"""
