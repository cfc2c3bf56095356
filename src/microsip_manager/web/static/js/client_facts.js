// What is known of a client at this moment, in words.

import { isForgotten, noRing } from "./client.js";
import { el, icon, setText } from "./dom.js";
import { duration, exactly, moment, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const SHAPES = { online: "free", dnd: "dnd", offline: "offline", asleep: "offline", ringing: "ringing", in_call: "call", trouble: "trouble" };

/** Show who it is, its state, whether it rings, and the rest. */
export function showFacts(client, groups) {
  $("client").dataset.state = client.state;
  setText($("hostname"), client.hostname);
  $("state").replaceChildren(icon(SHAPES[client.state]), el("span", "", t(`state.${client.state}`)));
  $("about").replaceChildren(...[
    client.extension && el("span", "", t("client.extension", { extension: client.extension })),
    ...groups.map((name) => el("span", "tag", name)),
    client.simulated && el("span", "tag", t("simulated")),
    client.clone && el("span", "tag", t("clone")),
  ].filter(Boolean));
  showRings(client);
  $("facts").replaceChildren(...factsOf(client).map(([name, value]) => el("div", "", el("dt", "", t(`fact.${name}`)), el("dd", "", value))));
  tick(client);
}

/** Move what depends on the time. */
export function tick(client) {
  const now = Date.now();
  setText($("since"), t("client.since", { time: duration((now - client.sinceMs) / 1000) }));
  const silent = (now - client.seenMs) / 1000;
  const seen = $("facts").querySelector(".seen");
  if (seen) setText(seen, silent < 30 ? t("ago.now") : moment(new Date(client.seenMs)));
}

function showRings(client) {
  const code = client.no_ring_code;
  const verdict = code ? (["connecting", "silent"].includes(code) ? code : "no") : "yes";
  const forgotten = isForgotten(client, Date.now()) && t("forgotten", { time: duration((Date.now() - client.inDndMs) / 1000) });
  $("rings").dataset.verdict = verdict;
  const text = code ? [noRing(client), forgotten].filter(Boolean).join(" · ") : t("ring.none");
  const said = `${t(`verdict.${verdict}`)} ${text}`;
  if ($("rings").textContent.trim() === said) return; // what did not change is not read out again
  $("rings").replaceChildren(icon(verdict === "yes" ? "free" : verdict === "no" ? "dnd" : "trouble"), el("strong", "", t(`verdict.${verdict}`)), " ", el("span", "", text));
}

function factsOf(client) {
  const phone = client.status === "offline" ? null : client.phone;
  const agent = [t(`fact.agent-${client.agent}`), client.agent_version].filter(Boolean).join(" · ");
  const seen = el("span", "seen");
  seen.title = exactly(new Date(client.seenMs));
  const always = [["agent", agent], ["address", client.address], ["seen", seen]];
  if (!phone) return always;
  const copies = phone.copies > 1 ? t("fact.copies", { count: phone.copies }) : "";
  return [
    ["registration", [t(`registration.${phone.registration}`), phone.registration_text].filter(Boolean).join(" · ")],
    ["call", callOf(client)],
    ["away", t(phone.away ? "fact.away-yes" : "fact.away-no")],
    ["answers", someOrAll(phone.auto_answer, phone.answers_after, "answers")],
    ["forwards", someOrAll(phone.forwarding, phone.forwards_after, "forwards")],
    ["second", t(phone.call_waiting ? "fact.second-yes" : "fact.second-no")],
    ["microsip", [phone.microsip_version || t("fact.unknown"), copies, phone.detail].filter(Boolean).join(" · ")],
    ...always,
  ];
}

function callOf(client) {
  if (!client.calling) return t("fact.no-call");
  const way = client.calling.direction ? t(`direction.${client.calling.direction}`) : "";
  return [t(`state.${client.calling.state}`), way, client.calling.number].filter(Boolean).join(" · ");
}

function someOrAll(on, after, name) {
  if (!on) return t(`fact.${name}-off`);
  return after === null ? t(`fact.${name}-some`) : t(`fact.${name}-after`, { seconds: after });
}
