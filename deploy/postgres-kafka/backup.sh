#!/bin/sh
# 备份整座城市，核对备份的每个文件，删去过期的。 Back the whole city up, check each file of it, delete what is out of date.
# ZT_CONFIG 与 secrets.env 由单元给出。 The unit gives ZT_CONFIG and secrets.env.
set -eu
to=${ZHENGTONG_BACKUPS:-/var/backups/zhengtong}
days=${ZHENGTONG_BACKUP_DAYS:-30}
zhengtong=${ZHENGTONG:-/opt/zhengtong/bin/zhengtong}
umask 077

today=$to/$(date +%F)
if [ -e "$today" ] && [ ! -e "$today/UNFINISHED" ]; then
    today=$to/$(date +%FT%H%M%S)   # 今天已有一份 · there is one of today
fi
"$zhengtong" backup "$today"         # 上次没做完的接着做 · one that was cut short is gone on with
"$zhengtong" restore "$today" --check

# 只有新的一份核对无误，才删旧的。 Only now that a new one holds are old ones deleted.
find "$to" -mindepth 1 -maxdepth 1 -type d -name '20[0-9][0-9]-[0-1][0-9]-[0-3][0-9]*' -mtime "+$days" -exec rm -r {} +
