# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,python3
cd /tmp || exit 1
python3 -c 'print(2**100)'
cat >t.py <<'P'
import collections, hashlib, io, json, os, queue, random, re, select, signal, socket, sqlite3, struct, subprocess, sys, tempfile, threading, time, zlib, mmap, shutil, pathlib, datetime, decimal, pickle, csv
print(sys.version_info[:2], sys.platform, os.name)
print(json.dumps({"b": [1, None, 2.5], "a": "\u00e9"}, sort_keys=True), hashlib.sha256(b"x").hexdigest()[:12], zlib.crc32(b"abc"))
q = queue.Queue()
threads = [threading.Thread(target=lambda i=i: q.put(i * i)) for i in range(50)]
[t.start() for t in threads]; [t.join() for t in threads]
print(sorted(q.get() for _ in range(50))[-3:])
lock = threading.Lock(); total = 0
def work():
    global total
    for _ in range(500):
        with lock: total += 1
threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]; print(total)
print(subprocess.run(["sh", "-c", "cat; exit 3"], input=b"in", capture_output=True))
try: subprocess.run(["sleep", "5"], timeout=0.2)
except subprocess.TimeoutExpired: print("timed out")
with tempfile.TemporaryDirectory() as d:
    p = pathlib.Path(d, "f"); p.write_text("x" * 10000); print(p.stat().st_size, shutil.copy(p, p.with_suffix(".c")) != "", sorted(x.name for x in pathlib.Path(d).iterdir()))
    with open(p, "r+b") as f:
        m = mmap.mmap(f.fileno(), 0); m[0:5] = b"hello"; m.flush(); print(m[:8]); m.close()
    print(p.read_bytes()[:8])
db = sqlite3.connect(":memory:"); db.execute("create table t(a)"); db.executemany("insert into t values(?)", [(i,) for i in range(1000)]); print(db.execute("select sum(a) from t").fetchone())
signal.signal(signal.SIGALRM, lambda *a: print("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.05); time.sleep(0.2)
pid = os.fork()
if pid == 0: os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), decimal.Decimal(1) / 7, datetime.date(2020, 2, 29).isoformat(), struct.pack(">IH", 1, 2), pickle.loads(pickle.dumps({1: (2,)})))
print(re.sub(r"(\d+)", lambda m: str(int(m[1]) * 2), "a1b22"), random.Random(1).randint(0, 10**6), collections.Counter("mississippi").most_common(2))
print(os.path.realpath("/proc/self/exe"), os.sysconf("SC_PAGESIZE"))
P
python3 t.py; echo "status $?"; python3 -c 'raise SystemExit(4)'; echo "status $?"; echo 'print(input())' >i.py; echo line | python3 i.py; python3 -c 'import nothing' 2>&1 | tail -1
cat >s.py <<'P'
import asyncio, multiprocessing, os, socket, sys
def child(end): end.send([1, {"a": os.getpid() != 1}]); end.close()
async def serve(reader, writer):
    writer.write((await reader.readline()).upper()); await writer.drain(); writer.close()
async def main():
    p = await asyncio.create_subprocess_exec("sh", "-c", "cat; exit 5", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await p.communicate(b"through pipes"), p.returncode)
    await asyncio.start_unix_server(serve, "door")
    async def ask(n):
        r, w = await asyncio.open_unix_connection("door"); w.write(b"line %d\n" % n); return await r.readline()
    print(sorted(await asyncio.gather(*map(ask, range(20))))[-2:])
    done = asyncio.Event(); asyncio.get_running_loop().call_later(0.05, done.set); await done.wait()
    print(await asyncio.get_running_loop().run_in_executor(None, sum, range(100)))
if __name__ == "__main__":
    asyncio.run(main())
    here, there = multiprocessing.Pipe()
    p = multiprocessing.Process(target=child, args=(there,)); p.start(); print(here.recv()); p.join(); print(p.exitcode)
    with multiprocessing.Pool(3) as pool: print(pool.map(abs, range(-5, 0)), pool.apply(pow, (2, 10)))
    q = multiprocessing.Queue(); p = multiprocessing.Process(target=q.put, args=("queued",)); p.start(); print(q.get()); p.join()
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    r, w = os.pipe(); socket.send_fds(a, [b"fd"], [w]); m, fds, _, _ = socket.recv_fds(b, 9, 2); os.write(fds[0], b"passed"); print(m, os.read(r, 9))
    try: socket.socket(socket.AF_UNIX).connect("nowhere")
    except OSError as e: print(e)
P
python3 s.py; echo "status $?"
