# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,nodejs
# memory: 1G
cd /tmp || exit 1
echo "== spawn"
cat >spawn.js <<'J'
const { spawn, exec, execFile, spawnSync, execSync, execFileSync } = require("child_process"), { once } = require("events"), util = require("util"), fs = require("fs");
const text = async (stream) => { let all = ""; for await (const part of stream) all += part; return all; };
(async () => {
  let child = spawn("sh", ["-c", "cat; echo to the error stream >&2; exit 3"]);
  child.stdin.end("through a pipe\n");
  console.log(await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]));
  child = spawn("cat"); const big = "0123456789".repeat(100000); child.stdin.end(big);
  console.log((await text(child.stdout)) === big, child.spawnargs, child.exitCode);
  child = spawn("no-such-program", ["x"]); const [error] = await once(child, "error"); console.log(error.code, error.errno, error.syscall, error.path, error.spawnargs, child.pid);
  child = spawn("true", { cwd: "/nowhere" }); console.log((await once(child, "error"))[0].message);
  fs.writeFileSync("plain", "echo never\n"); child = spawn("./plain"); console.log((await once(child, "error"))[0].code);
  child = spawn("sleep", ["1000"]); await once(child, "spawn"); console.log(child.kill(), await once(child, "exit"), child.killed, child.signalCode, child.kill());
  child = spawn("sh", ["-c", "kill -SEGV $$"]); console.log(await once(child, "exit"));
  child = spawn("sleep", ["1000"], { timeout: 50, killSignal: "SIGKILL" }); console.log(await once(child, "exit"));
  const abort = new AbortController(); child = spawn("sleep", ["1000"], { signal: abort.signal }); await once(child, "spawn"); const aborted = once(child, "error"), ended = new Promise((go) => child.on("exit", (...how) => go(how))); abort.abort(); console.log((await aborted)[0].name, await ended);
  child = spawn("echo \"$0 $GREETING\"; pwd; id -u; id -g", { shell: true, cwd: "/usr", env: { GREETING: "hello", PATH: process.env.PATH }, uid: 65534, gid: 65534 }); console.log(await text(child.stdout));
  child = spawn("sh", ["-c", "echo $0 $1", "two"], { argv0: "named" }); console.log((await text(child.stdout)).trim());
  const out = fs.openSync("out", "w"); child = spawn("sh", ["-c", "echo one; echo two >&2; echo three >&4; read x <&3; echo $x"], { stdio: ["ignore", out, out, fs.openSync("plain", "r"), "pipe"] });
  console.log(await Promise.all([text(child.stdio[4]), once(child, "exit")]), child.stdout, fs.readFileSync("out", "utf8"));
  child = spawn("sh", ["-c", "sleep 0.1; echo on its own >alone"], { detached: true, stdio: "ignore" }); child.unref(); while (!fs.existsSync("alone") || !fs.statSync("alone").size) await new Promise((go) => setTimeout(go, 10)); console.log(fs.readFileSync("alone", "utf8"));
  child = spawn("sh", ["-c", "ps=$(cut -d' ' -f5,6 /proc/$$/stat); test \"$ps\" = \"$$ $$\"; echo $?"], { detached: true }); console.log("leads a session:", (await text(child.stdout)).trim());
  const first = spawn("seq", ["100000"]), second = spawn("wc", ["-l"]); first.stdout.pipe(second.stdin); console.log((await text(second.stdout)).trim());
  console.log((await Promise.all(Array.from({ length: 12 }, (_, i) => text(spawn("sh", ["-c", `echo ${i}; exit ${i}`]).stdout)))).join(" ").replace(/\n/g, ""));

  console.log("== exec");
  const run = util.promisify(exec), runFile = util.promisify(execFile);
  console.log(await run("echo out; echo err >&2"), await runFile("printf", ["%s|", "a b", "$HOME"]));
  await run("echo said; exit 5").catch((e) => console.log(e.code, e.killed, e.signal, e.cmd, e.stdout));
  await run("sleep 1000", { timeout: 50 }).catch((e) => console.log(e.code, e.killed, e.signal));
  await run("yes", { maxBuffer: 1000 }).catch((e) => console.log(e.code, e.stdout.length));
  await runFile("no-such-program").catch((e) => console.log(e.code, e.syscall));
  exec("cat", { encoding: "buffer" }, (e, stdout) => console.log(e, stdout)).stdin.end(Buffer.from([0, 255, 10]));
  await once(process, "beforeExit");

  console.log("== at once");
  console.log(spawnSync("sh", ["-c", "cat; echo e >&2; exit 4"], { input: "given", encoding: "utf8" }).output, spawnSync("none").error.code, spawnSync("sleep", ["1000"], { timeout: 50 }).signal, spawnSync("sh", ["-c", "kill -9 $$"]).signal);
  console.log(execSync("tr a-z A-Z", { input: "upper" }).toString(), execFileSync("seq", ["3"], { encoding: "utf8" }).split("\n"));
  try { execSync("echo gone wrong >&2; exit 6", { stdio: "pipe" }); } catch (e) { console.log(e.status, e.stderr.toString(), e.message); }
  try { execSync("yes", { maxBuffer: 100, stdio: "pipe" }); } catch (e) { console.log(e.code, e.stdout.length >= 100); }
  spawnSync("echo", ["inherited"], { stdio: "inherit" });
  console.log(spawnSync(process.execPath, ["-p", "process.argv.length"], { encoding: "utf8" }).stdout);
})();
J
node spawn.js; echo "status $?"

echo "== fork"
cat >fork.js <<'J'
const { fork } = require("child_process"), { once } = require("events"), net = require("net");
const text = async (stream) => { let all = ""; for await (const part of stream) all += part; return all; };
if (process.send) {
  process.on("message", (m, handle) => {
    if (m.square) process.send({ square: m.square ** 2 });
    else if (m.echo) process.send(m.echo);
    else if (handle) { handle.write("from the child\n"); handle.end(); }
    else if (m.leave) process.disconnect();
    else if (m.end !== undefined) process.exit(m.end);
  });
  process.on("disconnect", () => console.log("child: disconnected", process.connected));
  process.send({ ready: process.argv.slice(2), connected: process.connected, exec: process.execArgv });
} else (async () => {
  let child = fork(__filename, ["an", "argument"], { execArgv: ["--stack-size=900"] });
  console.log((await once(child, "message"))[0]);
  for (const square of [2, 3]) { child.send({ square }); console.log((await once(child, "message"))[0]); }
  const large = { list: Array.from({ length: 20000 }, (_, i) => `item ${i}`), n: null, f: 1.5 };
  child.send({ echo: large }); console.log(JSON.stringify((await once(child, "message"))[0]) === JSON.stringify(large));
  console.log(await new Promise((done) => {
    let sum = 0, answers = 0;
    const add = (m) => { sum += m.square; if (++answers === 200) { child.off("message", add); done(sum); } };
    child.on("message", add); for (let i = 1; i <= 200; ++i) child.send({ square: i });
  }));
  const server = net.createServer({ pauseOnConnect: true }, (c) => { child.send({ socket: true }, c); }).listen("door"); await once(server, "listening");
  console.log(await text(net.connect("door"))); server.close();
  child.send({ leave: true }); console.log(await Promise.all([once(child, "disconnect"), once(child, "exit")]), child.connected);
  try { child.send({ x: 1 }, (e) => console.log(e.code)); } catch (e) { console.log(e.code); }
  child = fork(__filename, { serialization: "advanced" }); await once(child, "message");
  child.send({ echo: new Map([["big", 10n ** 20n], ["bytes", new Uint8Array([1, 2])], ["date", new Date(0)]]) }); console.log((await once(child, "message"))[0]);
  child.send({ end: 7 }); console.log(await once(child, "exit"));
  child = fork(__filename, { silent: true }); await once(child, "message"); child.disconnect(); console.log(await Promise.all([text(child.stdout), once(child, "exit")]));
  const many = Array.from({ length: 3 }, () => fork(__filename)); await Promise.all(many.map((c) => once(c, "message")));
  many.forEach((c, i) => c.send({ square: i + 10 })); console.log((await Promise.all(many.map((c) => once(c, "message")))).map(([m]) => m.square));
  many.forEach((c) => c.kill("SIGTERM")); console.log(await Promise.all(many.map((c) => once(c, "exit"))));
})();
J
node fork.js; echo "status $?"

echo "== cluster"
cat >cluster.js <<'J'
const cluster = require("cluster"), net = require("net"), { once } = require("events");
if (cluster.isPrimary) (async () => {
  const workers = [cluster.fork({ NAME: "a" }), cluster.fork({ NAME: "b" })];
  await Promise.all(workers.map((w) => once(w, "listening")));
  const ask = async () => { let got = ""; for await (const part of net.connect("shared")) got += part; return got; };
  const answers = new Set(); while (answers.size < 2) answers.add(await ask()); console.log([...answers].sort(), Object.keys(cluster.workers));
  for (const w of workers) w.disconnect(); console.log((await Promise.all(workers.map((w) => once(w, "exit")))).map(([code]) => code));
})(); else net.createServer((c) => c.end(process.env.NAME)).listen("shared");
J
node cluster.js; echo "status $?"

echo "== standard streams and the end"
node -e 'require("child_process").spawn("sh", ["-c", "echo inherited; cat"], { stdio: "inherit" }).on("exit", (c, s) => console.log(c, s))' <<<"input"
node -e 'const c = require("child_process").spawn("sleep", ["1000"]); process.on("exit", () => c.kill()); c.unref(); c.stdout.unref(); c.stderr.unref(); c.stdin.unref(); console.log("leaves")'; echo "status $?"
node -e 'console.log(process.ppid > 0, process.kill(process.pid, 0)); try { process.kill(99999999, 0) } catch (e) { console.log(e.code) }'
