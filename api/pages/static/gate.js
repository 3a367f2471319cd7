// The gate without signal: tickets are verified and marked here, and sent when they can be.

const data = JSON.parse(document.getElementById("gate").textContent);
const { words, units, sellers } = data;
const [STORE, BATCH, AGAIN] = [`gate:${sellers}`, 50, 20_000]; // scans; milliseconds
const part = (name) => document.querySelector(`[data-${name}]`);
const tell = (textContent) => Object.assign(part("state"), { textContent, hidden: !textContent });
const known = new Map(data.tickets.map(([code, ...of]) => [code, of]));
const waiting = () => JSON.parse(localStorage.getItem(STORE) ?? "[]");
const dayOf = (seconds) => Math.floor((seconds + 7 * 3600) / 86_400); // of the only zone there is

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

async function isSigned(said, signature) {
  const told = new TextEncoder().encode(said);
  return crypto.subtle.verify("Ed25519", key, bytes(signature), told);
}

// What was scanned or typed: the code, what else a token says, and what speaks against it.
async function read(text) {
  const [ticket, said, signature] = text.match(/(LD1\.\S+)\.(\S*)/) ?? [];
  if (ticket) {
    const [, code, , start, unit, seller] = said.split(".");
    const forged = key && !(await isSigned(said, signature).catch(() => false));
    return { code, ticket, of: key && ["", unit, "valid", Number(start)], seller, forged };
  }
  const typed = (text.match(/\/t\/(\w{10})/)?.[1] ?? text).toUpperCase().replace(/[\s.-]/g, "");
  const code = typed.replaceAll("O", "0").replace(/[IL]/g, "1");
  return { code, ticket: code };
}

function judged({ code, of, seller, forged }) {
  if (forged) return "forged";
  if (seller && !sellers.includes(seller)) return "foreign";
  const [, , state, start] = known.get(code) ?? of ?? [];
  if (!state) return "unknown";
  if (state === "redeemed") return "already";
  if (dayOf(start) !== dayOf(Date.now() / 1000)) return "day";
  return ["pending", "void"].includes(state) ? state : "redeemed";
}

async function take(text) {
  const scan = await read(text);
  const sent = { id: crypto.randomUUID(), ticket: scan.ticket, scanned_at: new Date() };
  let outcome = judged(scan);
  if (outcome === "unknown") outcome = (await ask([sent]))?.[0].outcome ?? outcome;
  else if (outcome === "redeemed") {
    localStorage.setItem(STORE, JSON.stringify([...waiting(), sent]));
    mark(scan, "redeemed");
  }
  show(outcome, scan.code);
  send();
}

function mark({ code, of }, state) {
  const [name, unit, , start] = known.get(code) ?? of ?? [];
  known.set(code, [name, unit, state, start]);
  const row = document.querySelector(`[data-codes~="${code}"]`);
  if (!row) return;
  const codes = row.dataset.codes.split(" ");
  const inside = codes.filter((one) => known.get(one)[2] === "redeemed").length;
  const some = inside < codes.length && `${inside}/${codes.length}`;
  row.querySelector(".mark").textContent = some || words.inside;
}

function show(outcome, code) {
  const [name, unit] = known.get(code) ?? [];
  const note = document.createElement("div");
  note.className = outcome === "redeemed" ? "note ok" : "note bad";
  note.textContent = [words[outcome], name, units[unit], code].filter(Boolean).join(" · ");
  part("said").replaceChildren(note, ...[...part("said").children].slice(0, 4));
}

async function ask(items) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": data.csrf, ...data.acting };
  const body = JSON.stringify({ items });
  const answer = await fetch("/v1/redemptions", { method: "POST", headers, body }).catch(() => {});
  if (!answer?.ok) tell((answer ? words.held : words.offline).replace("{}", waiting().length));
  return answer?.ok ? (await answer.json()).items : null;
}

async function send() {
  const queue = waiting().slice(0, BATCH);
  if (!queue.length) return tell(key ? "" : words.unverified);
  const answers = await ask(queue);
  if (!answers) return;
  const done = new Set(answers.map(({ id }) => id));
  localStorage.setItem(STORE, JSON.stringify(waiting().filter(({ id }) => !done.has(id))));
  for (const { outcome, code } of answers) {
    if (outcome !== "redeemed") show(outcome, code);
    if (code) mark({ code }, outcome === "already" ? "redeemed" : outcome);
  }
  if (!waiting().length) fetch(location.pathname).catch(() => {}); // kept as it stands now
  send();
}

async function look() {
  const [video, detector] = [part("video"), new BarcodeDetector({ formats: ["qr_code"] })];
  const back = { video: { facingMode: "environment" } };
  video.srcObject = await navigator.mediaDevices.getUserMedia(back);
  video.hidden = false;
  await video.play();
  for (let last; ; await new Promise((done) => setTimeout(done, 200))) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found && found.rawValue !== last) take((last = found.rawValue));
  }
}

const key = await crypto.subtle
  ?.importKey("raw", bytes(data.key), "Ed25519", false, ["verify"])
  .catch(() => {});
for (const { ticket } of waiting()) mark(await read(ticket), "redeemed");
document.addEventListener("submit", (event) => {
  const { code, codes } = event.target.elements;
  if (!event.target.action.endsWith("/host/redemption")) return;
  event.preventDefault();
  for (const each of codes ? codes.value.split(" ") : [code.value]) take(each);
  event.target.reset();
});
part("camera").hidden = !globalThis.BarcodeDetector;
part("camera").onclick = () => look().catch(() => tell(words.blind));
addEventListener("online", send);
setInterval(send, AGAIN);
send();
const { serviceWorker } = navigator;
serviceWorker?.addEventListener("controllerchange", () => fetch(location.pathname));
serviceWorker?.register("/host/worker.js");
