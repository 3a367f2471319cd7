// Stripe's own form on the page of one payment; what became of it is asked by the page it leads to.
const form = document.querySelector("[data-client-secret]");
const { clientSecret, publishableKey, back, failed } = form.dataset;
const button = form.querySelector("button");
const refusal = form.querySelector("[role=alert]");

function say(words) {
  refusal.textContent = words;
  refusal.hidden = !words;
  button.disabled = false;
}

async function begin() {
  if (!window.Stripe) return say(failed);
  const stripe = window.Stripe(publishableKey, { locale: document.documentElement.lang });
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const elements = stripe.elements({ clientSecret, appearance: { theme: dark ? "night" : "stripe" } });
  const payment = elements.create("payment");
  payment.on("ready", () => (button.hidden = false));
  payment.on("loaderror", () => say(failed));
  payment.mount(form.querySelector("[data-card]"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    button.disabled = true;
    const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: back } });
    if (error) say(error.message || failed);
  });
}

form.querySelector("[data-without-script]").remove();
begin();
