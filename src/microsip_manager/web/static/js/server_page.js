// How the server is: asked again and again, for a page that is looked at when something is wrong.

import { ask } from "./api.js";
import { el, setText } from "./dom.js";
import { exactly, inWords, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const EVERY = 5000;
const STATUSES = ["online", "dnd", "offline"];

async function look() {
  try {
    const [server, clients] = await Promise.all([ask("/api/server"), ask("/api/clients")].map(async (one) => (await one).json()));
    const ready = await ask("/readyz").then(() => "", (problem) => problem.message);
    tell(ready ? "bad" : "good", ready || t("server.well"));
    show(server, clients);
  } catch (problem) {
    tell("bad", problem.message);
  }
}

function tell(kind, text) {
  $("health").className = `verdict ${kind}`;
  setText($("health"), text);
}

function show(server, clients) {
  const of = (status) => clients.filter((client) => client.status === status).length;
  const [began, now] = [new Date(server.started_at), new Date(server.now)];
  const facts = [
    ["version", server.version],
    ["started", `${exactly(began)} (${inWords((now - began) / 1000)})`],
    ["clock", exactly(now)],
    ["database", server.trouble ?? t("server.database-well")],
    ["clients", [t("server.in-all", { count: server.clients }), ...STATUSES.map((status) => `${t(`state.${status}`)}: ${of(status)}`)].join(" · ")],
    ["links", String(server.links)],
    ["readers", String(server.readers)],
  ];
  const known = [...$("facts").querySelectorAll("dd")];
  if (known.length) return facts.forEach(([, text], at) => setText(known[at], text));
  $("facts").replaceChildren(...facts.map(([name, text]) => el("div", "", el("dt", "", t(`server.${name}`)), el("dd", "", text))));
}

look();
setInterval(() => document.hidden || look(), EVERY);
