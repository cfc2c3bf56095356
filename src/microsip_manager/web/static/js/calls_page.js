// The list of calls: filtered, page by page, and as CSV.

import { ask } from "./api.js";
import { CallFilters } from "./call_filters.js";
import { kind, otherSide, talk } from "./call_words.js";
import { el, setText } from "./dom.js";
import { listen } from "./live.js";
import { showConnection } from "./page.js";
import { pageLoader } from "./paged_list.js";
import { fill } from "./sheet.js";
import { exactly, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const filters = new CallFilters($("filters"));
const load = pageLoader(filters, show);
let shown = new Set();
let newer = new Set();

function show(calls, isMore) {
  shown = new Set(calls.map((call) => call.id));
  newer = new Set();
  tellNewer();
  fill($("calls"), calls.map((call) => [startOf(call), kind(call.direction), clientOf(call), call.extension, otherSide(call), talk(call), call.info]));
  $("calls").hidden = calls.length === 0;
  const whole = !filters.cursor && !isMore;
  setText($("shown"), calls.length ? t(whole ? "calls.shown-all" : "calls.shown", { count: calls.length }) : t("calls.none"));
}

function startOf(call) {
  const made = el("time", "", exactly(new Date(call.started_at)));
  made.dateTime = call.started_at;
  return made;
}

function clientOf(call) {
  const made = el("a", "", call.hostname);
  made.href = `/client/${encodeURIComponent(call.hostname)}`;
  return made;
}

function tellNewer() {
  $("newer").hidden = newer.size === 0;
  setText($("newer"), t("calls.newer", { count: newer.size }));
}

async function offerNames() {
  const clients = await (await ask("/api/clients")).json();
  $("hostnames").replaceChildren(...clients.map((client) => new Option("", client.hostname)));
}

filters.drive(load, { chosen: "direction", turns: [$("older"), $("newest")] });
$("newer").addEventListener("click", () => {
  history.pushState(null, "", filters.address());
  filters.read();
  load();
});
listen(["call"], (name, data) => {
  if (name === "call" && !shown.has(data.call.id) && filters.matches(data.call)) {
    newer.add(data.call.id);
    tellNewer();
  }
}, { light: showConnection });
load();
offerNames().catch(() => {}); // they only save typing
