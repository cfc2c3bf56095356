// The status board: who can take a call now, who forgot DND, what is wrong.

import { ask } from "./api.js";
import { countsOf } from "./client.js";
import { setText, toast } from "./dom.js";
import { Filters } from "./filters.js";
import { Fleet } from "./fleet.js";
import { ListView } from "./list_view.js";
import { Orders } from "./orders.js";
import { isTyping, showConnection } from "./page.js";
import { Selection } from "./selection.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const CHOOSE_EVERY = 250;
/** Milliseconds: ten thousand clients are not put in order for each of fifty changes a second. */

const filters = new Filters();
const groups = { names: [], of: new Map() };
const selection = new Selection(() => selected());
const title = document.title;
const groupsOf = (client) => groups.of.get(client.key) ?? [];
const fleet = new Fleet(showConnection);
const list = new ListView($("board"), $("rows"), (key) => {
  const client = fleet.clients.get(key);
  return { client, groups: groupsOf(client), selected: selection.has(key) };
});
const orders = new Orders(() => ({
  clients: [...fleet.clients.values()].filter((client) => !filters.group || groupsOf(client).includes(filters.group)),
  group: filters.group,
}), () => list.shown);

let timer = 0;
let chosenAt = 0;
fleet.onChange((changed) => {
  if (changed) list.update(changed);
  if (timer) return;
  const wait = changed ? Math.max(0, CHOOSE_EVERY - (performance.now() - chosenAt)) : 0;
  timer = setTimeout(choose, wait);
});

/** Who is shown, in which order, and how many there are of each kind. */
function choose() {
  clearTimeout(timer);
  timer = 0;
  chosenAt = performance.now();
  const now = Date.now();
  const shown = filters.choose(fleet.clients.values(), groupsOf, now);
  list.show(shown, filters.view);
  count(now);
  setText($("shown"), fleet.loaded ? t("shown", { count: shown.length, all: fleet.clients.size }) : "");
  const nobody = $("nobody");
  nobody.hidden = !fleet.loaded || shown.length > 0;
  if (!nobody.hidden) {
    setText(nobody.querySelector("h2"), t(fleet.clients.size ? "nobody.filtered" : "nobody.title"));
    setText(nobody.querySelector("p"), fleet.clients.size ? "" : t("nobody.text"));
  }
}

function count(now) {
  const counts = { all: fleet.clients.size, free: 0, call: 0, dnd: 0, trouble: 0, offline: 0 };
  for (const client of fleet.clients.values()) for (const name of countsOf(client, now)) counts[name] += 1;
  for (const button of $("counts").children) {
    setText(button.querySelector("b"), fleet.loaded ? String(counts[button.dataset.count]) : "–");
    button.setAttribute("aria-pressed", String(filters.count === button.dataset.count));
  }
  document.title = counts.trouble ? t("title.trouble", { count: counts.trouble, title }) : title;
  const href = `${document.body.dataset.static}/icons/${counts.trouble ? "trouble" : "calm"}.svg`;
  if ($("favicon").getAttribute("href") !== href) $("favicon").setAttribute("href", href);
}

function selected() {
  for (const key of selection.keys) if (!fleet.clients.has(key)) selection.keys.delete(key);
  $("actions").hidden = !selection.keys.size || document.body.dataset.role === "viewer";
  setText($("chosen"), t("chosen", { count: selection.keys.size }));
  list.refresh();
}

function act(name) {
  if (name === "clear") return selection.clear();
  const clients = [...selection.keys].map((key) => fleet.clients.get(key)).filter(Boolean);
  if (clients.length) orders.open(name, clients);
}

function set(name, value) {
  filters.set(name, value);
  choose();
}

async function loadGroups() {
  try {
    const all = await (await ask("/api/groups?members=true")).json();
    groups.names = all.map(({ name }) => name);
    groups.of = new Map();
    for (const { name, members } of all) {
      for (const member of members) groups.of.set(member.toLowerCase(), [...(groups.of.get(member.toLowerCase()) ?? []), name]);
    }
    const select = $("group");
    select.replaceChildren(select.firstElementChild, ...groups.names.map((name) => new Option(name, name)));
    select.value = filters.group;
    choose();
  } catch (error) {
    toast(error.message, "bad");
  }
}

$("text").value = filters.text;
$("sort").value = filters.sort;
for (const radio of document.getElementsByName("view")) radio.checked = radio.value === filters.view;
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("text").addEventListener("input", (event) => set("text", event.target.value));
$("group").addEventListener("change", (event) => set("group", event.target.value));
$("sort").addEventListener("change", (event) => set("sort", event.target.value));
for (const radio of document.getElementsByName("view")) radio.addEventListener("change", () => set("view", radio.value));
$("select-all").addEventListener("click", () => selection.all(list.shown));
$("counts").addEventListener("click", (event) => {
  const button = event.target.closest("[data-count]");
  if (button) set("count", filters.count === button.dataset.count ? "all" : button.dataset.count);
});
$("actions").addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) act(button.dataset.act);
});
$("board").addEventListener("click", (event) => {
  const cell = event.target.closest("[data-key]");
  if (!cell || event.target.closest("a")) return;
  list.active = cell.dataset.key;
  event.shiftKey ? selection.range(list.shown, cell.dataset.key) : selection.toggle(cell.dataset.key);
});

const KEYS = {
  "/": () => $("text").focus(),
  d: () => act("dnd-on"),
  f: () => act("dnd-off"),
  m: () => act("message"),
  v: () => {
    set("view", filters.view === "cards" ? "table" : "cards");
    for (const radio of document.getElementsByName("view")) radio.checked = radio.value === filters.view;
  },
  Escape: () => selection.clear(),
};
const LETTERS = { KeyD: "d", KeyF: "f", KeyM: "m", KeyV: "v" };
const MOVES = { ArrowDown: () => list.columns, ArrowUp: () => -list.columns, ArrowRight: () => 1, ArrowLeft: () => -1 };

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target === $("text")) return $("board").focus();
  if (isTyping(event)) return;
  const onBoard = event.target === $("board") || event.target === document.body;
  if ((event.ctrlKey || event.metaKey) && event.code === "KeyA" && onBoard) {
    selection.all(list.shown);
  } else if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  } else if (event.key in MOVES && onBoard) {
    $("board").focus({ preventScroll: true });
    list.move(MOVES[event.key]());
    if (event.shiftKey && list.active) selection.range(list.shown, list.active);
  } else if (event.key === " " && onBoard && list.active) {
    selection.toggle(list.active);
  } else if (event.key === "Enter" && onBoard && list.active) {
    location.assign(`/client/${encodeURIComponent(fleet.clients.get(list.active).hostname)}`);
  } else {
    // By place on the keyboard, so that the letters work in the Russian layout too.
    const run = KEYS[event.key] ?? KEYS[LETTERS[event.code]];
    if (!run || (event.target.closest("button, a, input") && event.key === " ")) return;
    run();
  }
  event.preventDefault();
});

choose();
loadGroups();
setInterval(() => count(Date.now()), 30_000);
