// Words while they are typed: what is on the shelf completes the last one.

const REST = 250; // milliseconds without a key
let timer, asking;

async function suggest(field, list) {
  asking = new AbortController();
  const path = "/v1/suggest?" + new URLSearchParams({ q: field.value });
  const answer = await fetch(path, { signal: asking.signal }).catch(() => {});
  if (!answer?.ok) return;
  const { items } = await answer.json();
  list.replaceChildren(...items.map((value) => Object.assign(document.createElement("option"), { value })));
}

document.addEventListener("input", ({ target }) => {
  if (target.type !== "search" || !target.list) return;
  clearTimeout(timer);
  asking?.abort();
  if (target.value.trim()) timer = setTimeout(suggest, REST, target, target.list);
});
