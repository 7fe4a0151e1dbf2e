# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,nodejs
# memory: 1G
cd /tmp || exit 1
node --version; node -p '[process.platform, process.argv.length, process.cwd(), require("os").EOL.length, typeof process.pid]'

echo "== order of timers"
cat >timers.js <<'J'
const say = (text) => console.log(text);
setTimeout(() => { say("timeout 1"); setTimeout(read, 1); }, 1);
function read() {
  require("fs").readFile(__filename, () => {
    setTimeout(() => { say("timeout in I/O"); setTimeout(tick, 1); }, 0);
    setImmediate(() => say("immediate in I/O"));
  });
}
process.nextTick(() => say("tick"));
Promise.resolve().then(() => say("promise")).then(() => say("promise 2"));
queueMicrotask(() => say("microtask"));
say("now");
function tick() {
  let n = 0;
  const every = setInterval(() => { if (++n === 3) { clearInterval(every); later(); } }, 2);
}
const cancelled = setTimeout(() => say("never"), 15);
clearTimeout(cancelled);
setTimeout(() => say("unreferenced"), 3600e3).unref();
async function later() {
  for await (const x of (async function* () { yield 1; await null; yield 2; })()) say(`yielded ${x}`);
  const { setTimeout: sleep } = require("timers/promises");
  say(await sleep(5, "slept"));
  const [a, b] = await Promise.allSettled([sleep(40, "slow"), Promise.reject(new Error("no"))]);
  say(`${a.value} ${b.reason.message}`);
}
process.on("beforeExit", () => say("before exit"));
process.on("exit", (code) => say(`exit ${code}`));
J
node timers.js; echo "status $?"

echo "== fs"
cat >fs.js <<'J'
const fs = require("fs"), path = require("path"), { pipeline } = require("stream/promises"), { once } = require("events"), readline = require("readline");
fs.mkdirSync("d/e/f", { recursive: true });
fs.writeFileSync("d/one", "first\n"); fs.appendFileSync("d/one", "second\n");
console.log(JSON.stringify(fs.readFileSync("d/one", "utf8")), fs.statSync("d/one").size, fs.statSync("d/e").isDirectory());
fs.symlinkSync("one", "d/link"); fs.linkSync("d/one", "d/hard"); fs.chmodSync("d/one", 0o640);
console.log(fs.readlinkSync("d/link"), fs.statSync("d/hard").nlink, (fs.statSync("d/link").mode & 0o777).toString(8), fs.realpathSync("d/link"));
for (const [call, ...args] of [["readFileSync", "none"], ["mkdirSync", "d"], ["rmdirSync", "d"], ["openSync", "d/one", "wx"], ["readFileSync", "d"], ["readlinkSync", "d/one"]])
  try { fs[call](...args); } catch (e) { console.log(call, e.code, e.errno, e.syscall, e.message); }
fs.utimesSync("d/one", 1000, 2000.5); console.log(fs.statSync("d/one").mtimeMs, fs.lstatSync("d/link").isSymbolicLink(), fs.existsSync("d/none"));
const fd = fs.openSync("d/one", "r+"); fs.writeSync(fd, Buffer.from("FIRST"), 0, 5, 0); fs.ftruncateSync(fd, 8);
const b = Buffer.alloc(8); console.log(fs.readSync(fd, b, 0, 8, 0), JSON.stringify(b.toString())); fs.fsyncSync(fd); fs.closeSync(fd);
fs.copyFileSync("d/one", "d/e/copy"); fs.renameSync("d/e/copy", "d/e/f/moved"); fs.cpSync("d", "c", { recursive: true, verbatimSymlinks: true });
const walk = (at) => fs.readdirSync(at, { withFileTypes: true }).sort((x, y) => (x.name < y.name ? -1 : 1)).flatMap((x) => x.isDirectory() ? walk(path.join(at, x.name)) : [path.join(at, x.name)]);
console.log(walk("d").join(" "), walk("c").join(" "));
(async () => {
  const p = fs.promises;
  const file = await p.open("big", "w");
  for (let i = 0; i < 50; ++i) await file.write(`line ${i}\n`.repeat(200));
  await file.close();
  console.log((await p.stat("big")).size, (await p.readdir("d")).sort(), await p.access("none").catch((e) => e.code));
  await pipeline(fs.createReadStream("big", { highWaterMark: 1000 }), async function* (source) { for await (const part of source) yield part.toString().toUpperCase(); }, fs.createWriteStream("upper"));
  let lines = 0; for await (const line of readline.createInterface({ input: fs.createReadStream("upper") })) if (line.startsWith("LINE 4")) ++lines;
  console.log(lines, (await p.readFile("upper")).equals(Buffer.from((await p.readFile("big", "utf8")).toUpperCase())));
  const out = fs.createWriteStream("slow", { highWaterMark: 16 }); let full = 0;
  for (let i = 0; i < 20; ++i) if (!out.write("0123456789")) { ++full; await once(out, "drain"); }
  out.end(); await once(out, "close"); console.log(full, fs.statSync("slow").size);
  const bad = fs.createReadStream("none"); const [error] = await once(bad, "error").catch((e) => [e]); console.log(error.code);
  const all = await Promise.all(Array.from({ length: 30 }, (_, i) => p.writeFile(`d/many${i}`, String(i)).then(() => p.readFile(`d/many${i}`, "utf8"))));
  console.log(all.join(","));
  const made = await p.mkdtemp("tmp-"); console.log(made.length); await p.rm("d", { recursive: true }); await p.rmdir(made);
  fs.rmSync("c", { recursive: true }); console.log(fs.existsSync("d"), fs.existsSync("c"));
})();
J
node fs.js; echo "status $?"

