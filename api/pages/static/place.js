// Which places may be meant, offered while one is written; else the server asks for it later.

const [REST, OFFERED_MAX] = [300, 12]; // milliseconds without a key; places
let timer, asking;

function offer(field, text, { candidates, ambiguous }) {
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

async function ask(field, text) {
  asking = new AbortController();
  const path = "/v1/places/resolve?" + new URLSearchParams({ address: text });
  const answer = await fetch(path, { signal: asking.signal }).catch(() => {});
  if (answer?.ok) offer(field, text, await answer.json());
}

// On the document, because a page may be put in the place of another.
document.addEventListener("input", ({ target }) => {
  const field = target.closest("[data-place]");
  if (!field || !target.name.endsWith("_text")) return;
  clearTimeout(timer);
  asking?.abort();
  field.querySelector(".chips").replaceChildren(); // they were for other words
  const text = target.value.trim();
  if (text.length > 1) timer = setTimeout(ask, REST, field, text);
});
