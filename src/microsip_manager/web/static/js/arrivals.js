// The PCs that come in while the page is open: each a line, from being let in to being there with its extension.

import { el } from "./dom.js";
import { follow } from "./event_stream.js";
import { t } from "./words.js";

const MOST = 50;
/** PCs that are watched at the same time: the first of a roll-out show that it works. */

const items = new Map();
let stream = null;

/** Show an agent that was let in as a line of `list`; one that has a line already keeps it. */
export function arrived(name, list) {
  const key = name.toLowerCase();
  if (items.has(key)) return;
  const item = el("li");
  items.set(key, item);
  list.append(item);
  show(item, name, null);
  if (items.size > MOST) return;
  if (stream) return stream.anew();
  stream = follow(() => `/api/events?${new URLSearchParams([["kind", "client"], ...[...items.keys()].slice(0, MOST).map((one) => ["hostname", one])])}`, hear, () => {});
}

function hear(kind, data) {
  const rows = kind === "snapshot" ? data.clients : kind === "client" ? [data.client] : [];
  for (const row of rows) {
    const item = items.get(row.hostname.toLowerCase());
    if (item) show(item, row.hostname, row);
  }
}

function show(item, name, row) {
  const link = el("a", "", name);
  link.href = `/client/${encodeURIComponent(name)}`;
  item.className = row ? "is-here" : "";
  const isOff = !row || row.status === "offline";
  const text = !row ? t("join.let-in") : isOff ? t("join.here-closed") : row.extension ? t("join.here", { extension: row.extension }) : t("join.here-bare");
  if (item.textContent === `${name} ${text}`) return; // what did not change is not read out again
  item.replaceChildren(link, " ", el("span", "", text));
}
