// The agents that are in: whose they are, when they were heard, and putting them out.

import { ask } from "./api.js";
import { el, setText, toast } from "./dom.js";
import { begin } from "./edit_sheet.js";
import { listen } from "./live.js";
import { fill } from "./sheet.js";
import { sureButton } from "./sure.js";
import { exactly, moment, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const MOST = 300;
/** Rows that are shown: the filter finds the others. */

let agents = [];

async function load() {
  const [all, clients] = await Promise.all([ask("/api/agents"), ask("/api/clients")].map(async (one) => (await one).json()));
  const known = new Map(clients.map((client) => [client.hostname.toLowerCase(), client]));
  agents = all.map((agent) => ({ ...agent, client: known.get(agent.name.toLowerCase()) }));
  const clones = agents.filter(({ client }) => client?.clone).map(({ name }) => name);
  setText($("clones"), clones.length ? t("agents.clones", { count: clones.length, names: clones.join(", ") }) : "");
  show();
}

function show() {
  const wanted = $("find").value.trim().toLowerCase();
  const found = agents.filter((one) => `${one.name}\n${one.hostname}\n${one.session_user}\n${one.address}\n${one.enrolled_by}`.toLowerCase().includes(wanted));
  // A clone first: it is what somebody has to look into.
  found.sort((a, b) => Boolean(b.client?.clone) - Boolean(a.client?.clone));
  fill($("agents"), found.slice(0, MOST).map(row));
  $("agents").hidden = found.length === 0;
  $("none").hidden = agents.length > 0;
  setText($("shown"), t(found.length > MOST ? "agents.shown-some" : "agents.shown", { count: found.length, most: MOST }));
}

function row(agent) {
  const link = el("a", "", agent.name);
  link.href = `/client/${encodeURIComponent(agent.name)}`;
  const name = el("div", "", el("b", "", link));
  if (agent.client?.clone) name.append(" ", el("span", "badge warn", t("agents.clone")));
  const where = [agent.hostname, agent.session_user].filter(Boolean).join(" · ");
  const heard = [agent.last_used_at, agent.client?.last_seen].filter(Boolean).map((one) => Date.parse(one));
  return [
    name,
    el("div", "", where, el("span", "quietly", agent.client?.address || agent.address)),
    el("div", "", exactly(new Date(agent.enrolled_at)), el("span", "quietly", agent.enrolled_by)),
    moment(new Date(agent.key_since)),
    el("span", "", el("span", "narrow-word", `${t("column.heard")}: `), heard.length ? moment(new Date(Math.max(...heard))) : t("tokens.never-used")),
    sureButton(t("tokens.revoke"), agent.name, () => revoke(agent)),
  ];
}

const revoke = (agent) => begin(async () => {
  await ask(`/api/agents/${agent.id}`, { method: "DELETE" });
  toast(t("tokens.revoked", { name: agent.name }));
});

$("find").addEventListener("input", show);
$("filters").addEventListener("submit", (event) => event.preventDefault());
listen(["agent"], () => begin(load));
