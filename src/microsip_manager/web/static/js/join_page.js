// Joining a PC: a token, the line to type there, and what comes of it; those that wait; the tokens there are.

import { ask } from "./api.js";
import { arrived } from "./arrivals.js";
import { copyText } from "./clipboard.js";
import { el, setText, toast } from "./dom.js";
import { begin } from "./edit_sheet.js";
import { addressesOf, commandFor } from "./join_command.js";
import { listen } from "./live.js";
import { offerDecisions, showPending } from "./pending.js";
import { fill } from "./sheet.js";
import { sureButton } from "./sure.js";
import { exactly, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const form = $("make");
const error = form.querySelector(".error");
let token = "";
let about = null;

/** Tells one roll-out from the next; without `/`, which a name cannot have and many dates do. */
const usualName = () => t("join.name", { time: new Date().toLocaleString("sv-SE") });

async function prefill() {
  const server = await (await ask("/api/server")).json();
  form.elements.servers.value = addressesOf(location.origin, server.servers).join("\n");
  form.elements.name.value = usualName();
}

async function showTokens() {
  const tokens = await (await ask("/api/join-tokens")).json();
  fill($("tokens"), tokens.reverse().map(row));
  $("tokens").hidden = tokens.length === 0;
  setText($("no-tokens"), tokens.length ? "" : t("join.no-tokens"));
  about = tokens.find((one) => one.id === about?.id) ?? about;
  tellWaiting();
}

function row(one) {
  const name = el("div", "", el("b", "", one.name));
  const isOver = Date.parse(one.expires_at) <= Date.now();
  if (isOver || one.used >= one.uses) name.append(" ", el("span", "badge off", t(isOver ? "tokens.expired" : "join.used-up")));
  const origin = el("div", "", exactly(new Date(one.created_at)), el("span", "quietly", one.created_by));
  const left = t("join.left", { count: one.uses - one.used, uses: one.uses });
  return [name, left, origin, exactly(new Date(one.expires_at)), sureButton(t("tokens.revoke"), one.name, () => revoke(one))];
}

const revoke = (one) => begin(async () => {
  await ask(`/api/join-tokens/${one.id}`, { method: "DELETE" });
  toast(t("tokens.revoked", { name: one.name }));
  await showTokens();
});

async function make() {
  const { name, uses, hours, servers } = Object.fromEntries(new FormData(form));
  const body = { name: name.trim(), uses: Number(uses), hours: Number(hours), servers: servers.split(/\s+/).filter(Boolean) };
  const made = await (await ask("/api/join-tokens", { method: "POST", body })).json();
  [token, about] = [made.join_token, made.about];
  form.hidden = true;
  $("made").hidden = false;
  $("came").replaceChildren();
  showCommand();
  tellWaiting();
  $("command").focus();
  await showTokens();
}

function showCommand() {
  const system = document.querySelector("[name=system]:checked").value;
  setText($("where"), t(`join.where-${system}`));
  setText($("command"), token && commandFor(system, token));
}

/** The token is forgotten as soon as it is not looked at any more. */
function forget() {
  token = "";
  about = null;
  showCommand();
  $("made").hidden = true;
  form.hidden = false;
  form.elements.name.value = usualName();
  form.elements.uses.focus();
}

function tellWaiting() {
  if (!about) return;
  const left = about.uses - about.used;
  const text = left <= 0 ? t("join.all-here", { count: about.uses }) : about.used ? t("join.waiting-more", { count: left, used: about.used }) : t("join.waiting", { count: left });
  setText($("waiting-for"), text);
  $("waiting-for").dataset.state = left > 0 ? "waiting" : "done";
}

function hear(kind, data) {
  begin(showPending);
  if (kind === "snapshot") return begin(showTokens);
  if (data.change !== "enrolled") return;
  if (about && data.agent.enrolled_by === `join token ${about.name}`) arrived(data.agent.name, $("came"));
  begin(showTokens);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  error.textContent = "";
  form.inert = true;
  try {
    await make();
  } catch (problem) {
    error.textContent = problem.message;
  } finally {
    form.inert = false;
  }
});
for (const radio of document.getElementsByName("system")) radio.addEventListener("change", showCommand);
$("copy").addEventListener("click", (event) => copyText($("command").textContent, event.target));
$("another").addEventListener("click", forget);
addEventListener("pagehide", forget); // nor does the browser keep it for the way back
offerDecisions((act, agent) => {
  if (act === "approve") arrived(agent.name, $("approved"));
  else toast(t("join.refused", { hostname: agent.hostname }));
  begin(showPending);
});
listen(["agent"], hear);
begin(prefill);
