// One client: what it does now, its day, and what can be done with it. Live.

import { ask } from "./api.js";
import { clientOf } from "./client.js";
import { offerAudit } from "./client_audit.js";
import { showCommands } from "./client_commands.js";
import { Day } from "./client_day.js";
import { showFacts, tick } from "./client_facts.js";
import { offerOrders } from "./client_orders.js";
import { offerSettings } from "./client_settings.js";
import { WishPanel } from "./client_wish.js";
import { setText, toast } from "./dom.js";
import { follow } from "./event_stream.js";
import { showConnection } from "./page.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const COMMANDS_EVERY = 1000;

const hostname = decodeURIComponent(location.pathname.slice("/client/".length));
const path = `/api/clients/${encodeURIComponent(hostname)}`;
const title = document.title.replace(/^[^·]*/, "");
const day = new Day(path, hostname);
const wish = new WishPanel(path);
let client = null;
let groups = [];

/** The log of commands, soon: what an event tells is often the effect of a command that has not ended yet. */
let waiting = 0;
function commandsSoon() {
  waiting ||= setTimeout(async () => {
    waiting = 0;
    if (await showCommands(path)) commandsSoon();
  }, COMMANDS_EVERY);
}

function show(row) {
  const before = client;
  client = clientOf(row);
  $("unknown").hidden = true;
  $("client").hidden = false;
  document.title = `${client.hostname} ${title}`;
  showFacts(client, groups);
  wish.show(client.desired);
  if (before && JSON.stringify(before.desired) !== JSON.stringify(client.desired)) wish.load();
}

function nobody() {
  $("client").hidden = true;
  $("unknown").hidden = false;
  document.title = `${hostname} ${title}`;
  setText($("unknown").querySelector("h1"), t("client.unknown", { hostname }));
}

function loadAll() {
  day.load();
  wish.load();
  commandsSoon();
  loadGroups();
}

async function loadGroups() {
  try {
    const all = await (await ask("/api/groups?members=true")).json();
    const key = hostname.toLowerCase();
    groups = all.filter(({ members }) => members.some((member) => member.toLowerCase() === key)).map(({ name }) => name);
    if (client) showFacts(client, groups);
  } catch (error) {
    toast(error.message, "bad");
  }
}

function hear(kind, data) {
  if (kind === "snapshot") {
    if (!data.clients.length) return nobody();
    show(data.clients[0]);
    loadAll();
  } else if (kind === "client") {
    const isNew = client === null;
    show(data.client);
    if (isNew) return loadAll();
    if (data.before !== data.client.status) day.changed(data.client.status, data.client.status_since);
    commandsSoon();
  } else if (kind === "call") {
    day.called(data.call);
  } else if (kind === "command") {
    commandsSoon();
  }
}

offerOrders(path, hostname, commandsSoon);
offerSettings(path, commandsSoon);
offerAudit(path, hostname);
follow(() => `/api/events?kind=client&kind=call&kind=command&hostname=${encodeURIComponent(hostname)}`, hear, showConnection);
setInterval(() => client && !document.hidden && tick(client), 1000);
