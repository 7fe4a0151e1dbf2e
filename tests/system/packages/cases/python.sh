# SPDX-License-Identifier: Apache-2.0
# Python's standard library where it meets the system.
python3 -c 'print(2**100)'
python3 - <<'END'
import hashlib, json, os, signal, sqlite3, struct, subprocess, tempfile, threading, time, zlib
print(hashlib.sha256(b"x").hexdigest(), json.dumps({"a": [1, 2.5, None]}, sort_keys=True))
total, lock = 0, threading.Lock()
def work():
    global total
    for _ in range(1000):
        with lock:
            total += 1
threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print("threads", total)
print(subprocess.run(["sort"], input="b\na\n", capture_output=True, text=True).stdout.split())
print(subprocess.run("exit 9", shell=True).returncode)
with tempfile.TemporaryDirectory() as top:
    path = os.path.join(top, "db")
    db = sqlite3.connect(path); db.execute("pragma journal_mode=wal"); db.execute("create table t(x)")
    with db: db.executemany("insert into t values(?)", [(i,) for i in range(1000)])
    print(db.execute("select sum(x), count(*) from t").fetchone()); db.close()
signal.signal(signal.SIGUSR1, lambda *a: print("signal")); os.kill(os.getpid(), signal.SIGUSR1)
child = os.fork()
if child == 0: os._exit(5)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), zlib.crc32(b"tessera"), struct.pack("<I", 7))
queue = threading.Event(); threading.Timer(0.05, queue.set).start(); print("timer", queue.wait(10))
end = time.monotonic() + 0.02; time.sleep(0.02); print(time.monotonic() >= end)
END
python3 -c 'import mmap, tempfile
with tempfile.TemporaryFile() as f:
    f.write(b"a" * 8192); f.flush()
    m = mmap.mmap(f.fileno(), 8192); m[4096:4100] = b"DATA"; m.flush()
    f.seek(4090); print(f.read(12)); print(m.find(b"DATA"))'
python3 -c 'raise SystemExit(3)'; echo "status $?"
python3 -c 'open("/none")' 2>&1 | tail -1
