# SPDX-License-Identifier: Apache-2.0
# Python's processes and pools: semaphores in /dev/shm, pipes of one direction.
cat >/tmp/m.py <<'END'
import concurrent.futures, multiprocessing
def square(x): return x * x
def worker(end, lock, total):
    for _ in range(100):
        with lock: total.value += 1
    end.send("done")
if __name__ == "__main__":
    with multiprocessing.Pool(3) as pool: print(pool.map(square, range(10)))
    here, there = multiprocessing.Pipe(duplex=False)
    lock, total = multiprocessing.Lock(), multiprocessing.Value("i", 0)
    children = [multiprocessing.Process(target=worker, args=(there, lock, total)) for _ in range(3)]
    for one in children: one.start()
    print([here.recv() for _ in children])
    for one in children: one.join()
    print(total.value, [one.exitcode for one in children])
    with concurrent.futures.ThreadPoolExecutor(4) as pool: print(sum(pool.map(square, range(100))))
END
python3 /tmp/m.py
