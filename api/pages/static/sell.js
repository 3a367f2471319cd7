// The listing form where signal is poor: photos shrink, what is typed stays on the phone, and what
// could not be sent waits. All words come from the page.

const EDGE_MAX = 1600; // pixels of a photo's longer side

function take(form, files) {
  const words = form.dataset;
  const key = `draft:${words.draft}`;
  const part = (name) => form.querySelector(`[data-${name}]`);
  const { photos, price } = form.elements;
  let unsent = false, later; // what waits for the network or for a store to come back

  function say(text, word, act) {
    const state = part("state");
    if (!state.hidden && state.firstChild?.data === text) return;
    state.replaceChildren(text);
    if (word) {
      const look = { type: "button", className: "btn", textContent: word, onclick: act };
      state.append(Object.assign(document.createElement("button"), look));
    }
    state.hidden = false;
  }

  function keep() {
    const typed = [...new FormData(form)].filter(([name, it]) => it.trim && !/csrf|meant/.test(name));
    try {
      localStorage.setItem(key, JSON.stringify(typed));
      say(words.saved);
    } catch {} // a full store: nothing is said to be kept
  }

  function restore() {
    const typed = JSON.parse(localStorage.getItem(key)); // places are offered anew
    for (const [name, value] of typed) Object.assign(form.elements[name] ?? {}, { value });
    say(words.restored, words.drop, () => {
      localStorage.removeItem(key);
      location.reload();
    });
  }

  async function shrink(file) {
    const image = await createImageBitmap(file);
    const ratio = Math.min(1, EDGE_MAX / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    const [width, height] = [image.width * ratio, image.height * ratio];
    Object.assign(canvas, { width, height }).getContext("2d").drawImage(image, 0, 0, width, height);
    part("shots").append(canvas);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return blob.size < file.size ? new File([blob], file.name, { type: blob.type }) : file;
  }

  async function shrinkAll() {
    const bag = new DataTransfer();
    part("shots").replaceChildren();
    for (const file of photos.files) bag.items.add(await shrink(file).catch(() => file));
    photos.files = bag.files;
    if (bag.files.length) say(words.shrunk);
  }

  // "1 triệu 250 nghìn đồng": a zero too few is heard at once, beside what the kind fetches today.
  function readBack() {
    const names = words.words.split(",");
    const digits = price.value.replace(/\D/g, "").padStart(12, "0").slice(-12);
    const said = names.map((name, i) => [Number(digits.slice(3 * i, 3 * i + 3)), i < 3 ? name : ""]);
    const heard = said.filter(([n]) => n).flat().join(" ").trim();
    if (heard) part("read").textContent = words.read.replace("{}", `${heard} ${names[3]}`);
    const kind = new FormData(form).get("category_code");
    const row = part(`kind="${kind === "other" ? form.elements.other_category.value : kind}"`);
    if (kind) part("going").textContent = row?.dataset.line ?? "";
  }

  function wait(seconds) {
    unsent = true;
    say(words.waiting, words.again, send);
    if (seconds) later = setTimeout(send, seconds * 1000);
  }

  async function send() {
    clearTimeout(later);
    keep();
    if (!navigator.onLine) return wait();
    say(words.sending);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (answer.status === 503) return wait(Number(answer.headers.get("Retry-After")) || 20);
      if (answer.url.endsWith("/sell")) localStorage.removeItem(key); // taken; not asked to sign in
      show(answer, await answer.text(), photos.files);
    } catch {
      wait();
    }
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    send();
  };
  form.oninput = keep;
  photos.onchange = shrinkAll;
  form.addEventListener("input", readBack);
  addEventListener("online", () => unsent && say(words.back, words.again, send));
  if (files) {
    photos.files = files;
    shrinkAll();
  } else try { restore(); } catch {} // no draft
  readBack();
}

// The server's page takes the place of this one; photos already chosen stay chosen.
function show(answer, text, files) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.body.replaceWith(page.body);
  history.replaceState(null, "", answer.url);
  scrollTo(0, 0);
  document.getElementById("errors")?.focus();
  const form = document.querySelector("form[data-draft]");
  if (form) take(form, files);
}

take(document.querySelector("form[data-draft]"));
