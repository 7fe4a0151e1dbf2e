# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,perl,lua5.4,sqlite3
cd /tmp || exit 1
perl -MList::Util=sum -MPOSIX -e 'print sum(map { $_ ** 2 } 1..10), " ", floor(-1.5), "\n"; my %h = (b => 2, a => 1); print join(",", map {"$_=$h{$_}"} sort keys %h), "\n"'
perl -e 'open my $p, "-|", "echo", "child" or die; print <$p>; close $p; my $pid = fork; if (!$pid) { exit 5 } waitpid $pid, 0; print $? >> 8, "\n"; $SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select undef, undef, undef, 5;'
perl -MDigest::MD5=md5_hex -MStorable=dclone -MTime::Local -e 'print md5_hex("x"), " ", timegm(0, 0, 0, 1, 0, 100), " @{dclone([1, [2]])->[1]}\n"; printf "%s\n", join ",", sort { $a <=> $b } (10, 9, 100)'
perl -ne 'print if /^1.*9$/' <(seq 200); perl -pe 's/(\d+)/$1*2/e' <(seq 3)
lua5.4 -e 'local t = {}; for i = 1, 5 do t[#t + 1] = i ^ 2 end; print(table.concat(t, " "), 7 // 2, ("x"):rep(3), string.format("%q", "a\nb"), math.type(1))'
lua5.4 - <<'LUA'
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(co(), co(), co()); print(type(select(2, pcall(error, { code = 2 })))); print(select("#", table.unpack({ 1, nil, 3 }, 1, 3)))
local f = assert(io.open("/tmp/lua", "w")); f:write("one\ntwo\n"); f:close(); for l in io.lines("/tmp/lua") do io.write(l, ";") end print(); print(os.execute("exit 4"))
LUA
for mode in delete wal; do
  sqlite3 "$mode.db" "pragma journal_mode=$mode; create table t(id integer primary key, name text); begin; with recursive n(x) as (select 1 union all select x + 1 from n where x < 2000) insert into t select x, 'name' || x from n; commit; create index i on t(name); select count(*), sum(id), max(name) from t; select id from t where name = 'name777'; pragma integrity_check;"
  sqlite3 "$mode.db" "update t set name = upper(name) where id % 2; delete from t where id > 1000; vacuum; select count(*), min(name) from t;"
done
(for i in 1 2 3 4; do sqlite3 -cmd '.timeout 20000' wal.db "insert into t(name) values('p$i')" & done; wait); sqlite3 wal.db "select count(*) from t where name like 'p%'"
sqlite3 bad.db 'select * from nothing'; echo "status $?"; sqlite3 :memory: ".mode json" "select 1 as a, json_extract('{\"b\":[2]}', '\$.b[0]') as b, sqrt(2) > 1.4 as c"
