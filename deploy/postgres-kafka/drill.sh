#!/bin/sh
# 恢复演练：把一份备份恢复到临时的数据库和目录，对账本核验，说出用了多久，然后清掉。正在运行的城市不受影响。
# The restore drill: a backup is restored into a database and a folder of its own, verified against the ledger, timed, and cleared away.
#
#   drill.sh /var/backups/zhengtong/2026-11-21 [自己留存的检查点 a checkpoint that you kept]
#
# 需要 ZT_CONFIG、ZT_KERNEL__DATABASE（帐号可建数据库）。口令含特殊字符时用 PGPASSFILE。
# Needs ZT_CONFIG and ZT_KERNEL__DATABASE, whose account may create databases; with special characters in its password use PGPASSFILE.
set -eu
from=${1:?哪一份备份？ which backup?}
checkpoint=${2:-}
zhengtong=${ZHENGTONG:-/opt/zhengtong/bin/zhengtong}
umask 077

address=${ZT_KERNEL__DATABASE#*://}
login=${address%%@*}
place=${address##*@}
server=${place%%/*}
user=${login%%:*}
case $login in *:*) PGPASSWORD=${login#*:}; export PGPASSWORD ;; esac
name=zhengtong_drill_$$
folder=$(mktemp -d "${ZHENGTONG_DRILLS:-/var/tmp}/zhengtong-drill.XXXXXX")

cleared() {
    psql -q "postgresql://$user@$server/postgres" -c "drop database if exists $name with (force)" || true
    rm -rf "$folder"
}
trap cleared EXIT
trap 'exit 1' HUP INT TERM

began=$(date +%s)
psql -q "postgresql://$user@$server/postgres" -c "create database $name"
ZT_KERNEL__DATABASE=postgresql://$login@$server/$name
ZT_KERNEL__DATA=$folder/data
ZT_LAKE__URL=${ZHENGTONG_DRILL_LAKE:-}   # 湖在 S3 时，写一个空的地方 · with the lake on S3: an empty place of its own
export ZT_KERNEL__DATABASE ZT_KERNEL__DATA ZT_LAKE__URL
if [ -n "$checkpoint" ]; then
    "$zhengtong" restore "$from" --checkpoint "$checkpoint"
else
    "$zhengtong" restore "$from"
fi
"$zhengtong" ledger check
echo "✓ 演练完成，用时 $(($(date +%s) - began)) 秒  restored and verified in $(($(date +%s) - began)) s"
