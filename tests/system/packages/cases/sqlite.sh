# SPDX-License-Identifier: Apache-2.0
# sqlite3 on a file: rollback journal, write-ahead log, what is left after a kill.
cd /tmp || exit 1
for mode in delete wal; do
  sqlite3 $mode.db "pragma journal_mode=$mode; create table t(a integer primary key, b text); \
    with recursive n(x) as (values(1) union all select x+1 from n where x<2000) insert into t select x, 'row ' || x from n;"
  sqlite3 $mode.db 'begin; delete from t where a % 3 = 0; rollback; select count(*), sum(a), max(b) from t; pragma integrity_check;'
done
printf '1,x\n2,y\n' >in.csv
sqlite3 -csv delete.db '.import in.csv u' 'select * from u' 'select printf("%.3f", sqrt(2)), json_extract(json_array(1,2), "$[1]")'
sqlite3 delete.db 'select * from none'; echo "status $?"
