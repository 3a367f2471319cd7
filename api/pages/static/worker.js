// The host's day opens without signal: its last page and the files that it names are kept, no more.

const [KEPT, PAGE] = ["host", "/host/today"];

async function keep(page) {
  const cache = await caches.open(KEPT);
  const files = new Set((await page.clone().text()).match(/\/static\/[^"#&]+/g));
  for (const { url } of await cache.keys()) {
    if (!files.has(url.slice(location.origin.length))) await cache.delete(url);
  }
  await cache.put(PAGE, page);
  for (const file of files) if (!(await cache.match(file))) await cache.add(file);
}

async function answer(event, isPage) {
  const kept = await caches.match(isPage ? PAGE : event.request);
  if (kept && !isPage) return kept; // its address names its version
  try {
    const fresh = await fetch(event.request);
    const isSignedOut = fresh.redirected || fresh.type === "opaqueredirect";
    const isDay = isPage && fresh.ok && event.request.url.endsWith(PAGE);
    if (isPage && isSignedOut) await caches.delete(KEPT);
    else if (isDay) event.waitUntil(keep(fresh.clone()));
    return fresh;
  } catch {
    return kept ?? Response.error();
  }
}

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isPage = pathname === PAGE;
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (isPage || pathname.startsWith("/static/")) event.respondWith(answer(event, isPage));
});
