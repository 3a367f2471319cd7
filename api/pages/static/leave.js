// Who signs out takes along what the host's pages kept for want of signal.
const form = document.querySelector("form[action='/sign-out']");
form.addEventListener("submit", () => globalThis.caches?.delete("host"));
