// Feeds live answers of /octo to the validators of OCTO's package of types: node feed.cjs FOLDER URL KEY
"use strict";
const { createRequire } = require("node:module");

const [folder, url, key] = process.argv.slice(2);
const octo = createRequire(`${folder}/`)("@octocloud/types");
const ERRORS = {
  INVALID_PRODUCT_ID: octo.zErrorInvalidProductId,
  INVALID_OPTION_ID: octo.zErrorInvalidOptionId,
  INVALID_UNIT_ID: octo.zErrorInvalidUnitId,
  INVALID_AVAILABILITY_ID: octo.zErrorInvalidAvailabilityId,
  INVALID_BOOKING_UUID: octo.zErrorInvalidBookingUuid,
  UNPROCESSABLE_ENTITY: octo.zErrorUnprocessableEntity,
  BAD_REQUEST: octo.zErrorBadRequest,
};
// The official validator of suppliers wants no start times of an option with opening hours.
const EXEMPT = (issue) =>
  issue.code === "too_small" && issue.path.at(-1) === "availabilityLocalStartTimes";
let held = 0;
const wrong = [];

async function ask(capabilities, method, path, body) {
  const headers = { Authorization: `Bearer ${key}`, "Octo-Capabilities": capabilities };
  if (body) headers["Content-Type"] = "application/json";
  const sent = { method, headers, body: body && JSON.stringify(body), redirect: "error" };
  const answer = await fetch(`${url}${path}`, sent);
  return { status: answer.status, said: await answer.json(), what: `${method} ${path}` };
}

function hold({ status, said, what }, shape, expected = 200) {
  held += 1;
  if (status !== expected) wrong.push(`${what}: ${status} ${JSON.stringify(said).slice(0, 300)}`);
  const found = shape.safeParse(said);
  const issues = found.success ? [] : found.error.issues.filter((each) => !EXEMPT(each));
  for (const issue of issues) wrong.push(`${what}: ${issue.path.join(".")} ${issue.message}`);
  return said;
}

async function refused(capabilities, code, method, path, body) {
  const answer = await ask(capabilities, method, path, body);
  if (answer.said.error !== code) wrong.push(`${answer.what}: ${answer.said.error}, not ${code}`);
  hold(answer, ERRORS[code], 400);
}

function month() {
  const day = (ahead) => new Date(Date.now() + ahead * 86400000).toISOString().slice(0, 10);
  return { localDateStart: day(0), localDateEnd: day(30) };
}

async function look(capabilities) {
  const get = (path, shape) => ask(capabilities, "GET", path).then((it) => hold(it, shape));
  await get("/supplier", octo.zSuppliersGetResponse);
  await get("/capabilities", octo.zCapabilitiesGetResponse);
  const products = await get("/products", octo.zProductsGetProductsResponse);
  const kinds = new Map();
  for (const product of products) {
    await get(`/products/${product.id}`, octo.zProductsGetProductResponse);
    const option = product.options[0];
    const its = { productId: product.id, optionId: option.id, ...month() };
    const post = (path, shape) =>
      ask(capabilities, "POST", path, its).then((it) => hold(it, shape));
    await post("/availability/calendar", octo.zAvailabilitiesAvailabilityCalendarResponse);
    const starts = await post("/availability", octo.zAvailabilitiesAvailabilityCheckResponse);
    const free = starts.filter((each) => each.available && each.vacancies >= 3);
    const guests = Array(2).fill({ unitId: option.units[0].id });
    const booking = { productId: product.id, optionId: option.id, unitItems: guests };
    const soldOut = starts.find((each) => each.status === "SOLD_OUT");
    const known = kinds.get(product.availabilityType) ?? { soldOut: null };
    if (soldOut) known.soldOut = { ...booking, availabilityId: soldOut.id };
    if (free.length > 1 && !known.booking) Object.assign(known, { booking, free });
    kinds.set(product.availabilityType, known);
  }
  return kinds;
}

async function book(capabilities, { booking, free }) {
  const say = (method, path, body) =>
    ask(capabilities, method, path, body).then((it) => hold(it, octo.zBooking));
  const contact = { fullName: "John Doe", emailAddress: "john.doe@example.com" };
  for (const isSold of [false, true]) {
    const { uuid } = await say("POST", "/bookings", { ...booking, availabilityId: free[0].id });
    const one = `/bookings/${uuid}`;
    await say("POST", `${one}/extend`, { expirationMinutes: 31 });
    await say("PATCH", one, { availabilityId: free[1].id, notes: "By the window" });
    if (isSold) await say("POST", `${one}/confirm`, { contact, resellerReference: uuid });
    if (isSold) {
      const listed = await ask(capabilities, "GET", `/bookings?resellerReference=${uuid}`);
      hold(listed, octo.zBookingsGetBookingsResponse);
    }
    await say("GET", one);
    await say("POST", `${one}/cancel`, { reason: "Rain" });
  }
}

async function refuse(capabilities, kinds) {
  const { booking, free } = kinds.get("START_TIME");
  const asked = { ...booking, availabilityId: free[0].id };
  const bad = (code, changes) =>
    refused(capabilities, code, "POST", "/bookings", { ...asked, ...changes });
  await bad("INVALID_PRODUCT_ID", { productId: "x" });
  await bad("INVALID_OPTION_ID", { optionId: "x" });
  await bad("INVALID_AVAILABILITY_ID", { availabilityId: "x" });
  await bad("INVALID_UNIT_ID", { unitItems: [{ unitId: "x" }] });
  await bad("UNPROCESSABLE_ENTITY", { unitItems: [] });
  await refused(capabilities, "INVALID_BOOKING_UUID", "GET", "/bookings/x");
  await refused(capabilities, "BAD_REQUEST", "GET", "/bookings?");
  const soldOut = [...kinds.values()].map((each) => each.soldOut).find(Boolean);
  if (!soldOut) wrong.push("no start is sold out");
  else await refused(capabilities, "UNPROCESSABLE_ENTITY", "POST", "/bookings", soldOut);
}

async function main() {
  for (const capabilities of ["", "octo/pricing, octo/content"]) {
    const kinds = await look(capabilities);
    for (const kind of ["START_TIME", "OPENING_HOURS"]) {
      if (kinds.get(kind)?.booking) await book(capabilities, kinds.get(kind));
      else wrong.push(`no product of ${kind} has two starts with room`);
    }
    if (kinds.get("START_TIME")?.booking) await refuse(capabilities, kinds);
  }
  for (const each of wrong) console.error(each);
  console.log(`${held} answers held against the validators of OCTO's types, ${wrong.length} faults`);
  process.exitCode = wrong.length ? 1 : 0;
}

main();
