// What may be meant, offered while it is typed: words for the search, places for an address. Without
// an answer nothing is lost: the server asks for a place later.

const [REST, OFFERED_MAX] = [300, 12]; // milliseconds without a key; places
let timer, asking;

function words(field, _, { items }) {
  field.list.replaceChildren(...items.map((value) => Object.assign(document.createElement("option"), { value })));
}

function places(field, text, { candidates, ambiguous }) {
  const chips = candidates.slice(0, OFFERED_MAX).map(({ unit, former, reason }, at) => {
    const chip = field.querySelector("template").content.cloneNode(true);
    const checked = at === 0 && !ambiguous && !reason.endsWith("_near");
    Object.assign(chip.querySelector("input"), { value: unit.code, checked });
    chip.querySelector("b").textContent = unit.name;
    if (former) chip.querySelector("small").textContent = field.dataset.place.replace("{}", former);
    return chip;
  });
  field.querySelector("[name$=_for]").value = text;
  field.querySelector(".chips").replaceChildren(...chips);
}

async function ask(path, offer, field, text) {
  asking = new AbortController();
  const answer = await fetch(path + encodeURIComponent(text), { signal: asking.signal }).catch(() => {});
  if (answer?.ok) offer(field, text, await answer.json());
}

// On the document, because a page may be put in the place of another.
document.addEventListener("input", ({ target }) => {
  const place = target.name.endsWith("_text") && target.closest("[data-place]");
  if (!place && !(target.type === "search" && target.list)) return;
  clearTimeout(timer);
  asking?.abort();
  if (place) place.querySelector(".chips").replaceChildren(); // they were for other words
  const text = place ? target.value.trim() : target.value;
  const question = place ? ["/v1/places/resolve?address=", places, place] : ["/v1/suggest?q=", words, target];
  if (text.trim().length > (place ? 1 : 0)) timer = setTimeout(ask, REST, ...question, text);
});
