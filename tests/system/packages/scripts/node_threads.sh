# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,nodejs
# memory: 1G
cd /tmp || exit 1
echo "== worker threads"
cat >workers.js <<'J'
const { Worker, isMainThread, parentPort, workerData, threadId, MessageChannel, receiveMessageOnPort } = require("worker_threads");
if (!isMainThread) {
  const view = new Int32Array(workerData.shared);
  if (workerData.fail) throw new TypeError("in the worker");
  for (let i = 0; i < 1000; ++i) Atomics.add(view, 0, 1);
  parentPort.on("message", (m) => {
    if (m.port) { m.port.postMessage(m.list.map((x) => x * workerData.factor)); m.port.close(); return; }
    Atomics.store(view, 1, 1); Atomics.notify(view, 1); process.exit(m.status);
  });
} else (async () => {
  const shared = new SharedArrayBuffer(8), view = new Int32Array(shared), { once } = require("events");
  const workers = [1, 2, 3].map((factor) => new Worker(__filename, { workerData: { shared, factor } }));
  for (const w of workers) { const { port1, port2 } = new MessageChannel(); w.postMessage({ port: port2, list: [1, 2, 3] }, [port2]); console.log((await once(port1, "message"))[0]); }
  console.log(view[0]);
  workers[0].postMessage({ status: 7 }); console.log(Atomics.wait(view, 1, 0, 60000) !== "timed-out", await once(workers[0], "exit"));
  console.log(await workers[1].terminate()); workers[2].postMessage({ status: 0 }); console.log(await once(workers[2], "exit"));
  const w = new Worker(__filename, { workerData: { shared, fail: true } }); const [e] = await once(w, "error"); console.log(e.name, e.message);
  const inline = new Worker('require("worker_threads").parentPort.postMessage({ m: new Map([[1, new Set("ab")]]), d: new Date(0), b: 10n ** 20n })', { eval: true });
  console.log((await once(inline, "message"))[0]);
})();
J
node workers.js; echo "status $?"

echo "== crypto and zlib"
cat >crypto.js <<'J'
const c = require("crypto"), z = require("zlib"), text = "The quick brown fox. ".repeat(5000);
for (const h of ["md5", "sha1", "sha256", "sha512", "sha3-256", "blake2b512"]) console.log(h, c.createHash(h).update(text).digest("hex").slice(0, 32));
console.log(c.createHmac("sha256", "key").update("x").digest("base64"), c.pbkdf2Sync("p", "salt", 100, 16, "sha256").toString("hex"), c.scryptSync("p", "salt", 16, { N: 64 }).toString("hex"));
const key = Buffer.alloc(32, 1), iv = Buffer.alloc(12, 2), e = c.createCipheriv("aes-256-gcm", key, iv), sealed = Buffer.concat([e.update(text), e.final()]);
const d = c.createDecipheriv("aes-256-gcm", key, iv); d.setAuthTag(e.getAuthTag()); console.log(e.getAuthTag().toString("hex"), d.update(sealed, null, "utf8") + d.final("utf8") === text);
const { publicKey, privateKey } = c.generateKeyPairSync("ed25519"), s = c.sign(null, Buffer.from("m"), privateKey); console.log(s.length, c.verify(null, Buffer.from("m"), publicKey, s), c.verify(null, Buffer.from("n"), publicKey, s));
console.log(c.randomBytes(16).length, c.randomUUID().length, c.timingSafeEqual(key, Buffer.alloc(32, 1)), c.getRandomValues(new Uint8Array(4)).length);
for (const [pack, unpack] of [["deflate", "inflate"], ["gzip", "gunzip"], ["deflateRaw", "inflateRaw"], ["brotliCompress", "brotliDecompress"]])
  { const p = z[pack + "Sync"](text); console.log(pack, p.length, z[unpack + "Sync"](p).toString() === text); }
try { z.gunzipSync(Buffer.from("not gzip")); } catch (x) { console.log(x.code); }
c.pbkdf2("p", "salt", 1000, 8, "sha512", (_, k) => { console.log(k.toString("hex")); z.gzip(text, (_, g) => z.gunzip(g, (_, t) => console.log(t.length))); });
J
node crypto.js; echo "status $?"

