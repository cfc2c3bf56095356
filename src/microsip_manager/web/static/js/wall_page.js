// The wallboard: who can take a call, for a screen that nobody touches.

import { setText } from "./dom.js";
import { follow } from "./event_stream.js";
import { WallColumn } from "./wall_column.js";
import { moment, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const TURN = 10_000;
/** Milliseconds for which a page of names stands. */

const group = new URLSearchParams(location.search).get("group")?.toLowerCase();
const clients = new Map();
const columns = [...document.querySelectorAll("[data-column]")].map((section) => new WallColumn(section));
const token = location.hash.slice(1);

let paused = false;
let asked = false;

function hear(kind, data) {
  if (kind === "snapshot") clients.clear();
  else if (kind !== "changes") return;
  for (const client of data.clients) clients.set(client.hostname, client);
  if (!asked) {
    asked = true;
    requestAnimationFrame(show);
  }
}

function show() {
  asked = false;
  const shown = [...clients.values()].filter((client) => !group || client.groups.some((name) => name.toLowerCase() === group));
  const now = Date.now();
  for (const column of columns) column.show(shown.filter((client) => client.state === column.state), now);
  const offline = shown.filter((client) => client.state === "offline").length;
  setText($("offline"), t("wall.offline", { count: offline }));
  $("pause").hidden = !columns.some((column) => column.pages > 1);
}

function light(state) {
  const made = $("connection");
  made.dataset.state = state === "refused" ? "lost" : state;
  setText(made.lastElementChild, t(`connection.${state}`));
  $("refused").hidden = state !== "refused";
  $("columns").classList.toggle("old", state === "lost" || state === "refused");
}

function tick() {
  setText($("clock"), moment(new Date()));
  for (const column of columns) column.tick(Date.now());
}

$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
});
new ResizeObserver(show).observe($("columns"));
setInterval(tick, 1000);
setInterval(() => {
  if (paused) return;
  for (const column of columns) column.turn();
  show();
}, TURN);
tick();
follow(() => "/api/wall", hear, light, { also: token ? { authorization: `Bearer ${token}` } : {}, stay: true });
