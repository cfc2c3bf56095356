// What is known of one client, in the terms of the board.

import { knows, t } from "./words.js";

const FORGOTTEN_AFTER = 3600;
/** Seconds of DND that nobody wished for, after which somebody should look. */

/** Counts on top of the board, in the order in which they need a look. */
export const STATES = ["trouble", "ringing", "in_call", "dnd", "online", "asleep", "offline"];

/** Make a client of a row of the API. */
export function clientOf(row) {
  const call = row.phone?.call;
  const calling = row.status !== "offline" && (call?.state === "ringing" || call?.state === "in_call") ? call : null;
  const since = Date.parse((calling && calling.since) || row.status_since);
  const client = {
    ...row,
    key: row.hostname.toLowerCase(),
    calling,
    sinceMs: since,
    seenMs: Date.parse(row.last_seen),
    inDndMs: row.status === "dnd" ? Date.parse(row.status_since) : null,
    state: stateOf(row, calling),
    text: "",
  };
  client.text = [row.hostname, row.extension, row.agent_version, row.phone?.microsip_version, row.address]
    .filter(Boolean).join("\n").toLowerCase();
  return client;
}

function stateOf(row, calling) {
  if (row.status === "offline") return row.agent === "asleep" ? "asleep" : "offline";
  if (calling) return calling.state;
  if (row.status === "dnd") return "dnd";
  return row.no_ring_reason ? "trouble" : "online";
}

/** Whether DND is on for long and nobody asked for it. */
export function isForgotten(client, now) {
  return client.state === "dnd" && !client.desired && now - client.inDndMs > FORGOTTEN_AFTER * 1000;
}

/** Which counts on top of the board a client belongs to, beside `all`. */
export function countsOf(client, now) {
  const found = [];
  if (client.state === "online") found.push("free");
  if (client.calling) found.push("call");
  if (client.status === "dnd") found.push("dnd");
  if (client.status === "offline") found.push("offline");
  if (client.state === "trouble" || (client.status !== "offline" && !client.calling && client.status !== "dnd" && client.no_ring_reason) || isForgotten(client, now)) found.push("trouble");
  return found;
}

/** Why a call would not ring there, in the language of the page; empty when it would. */
export function noRing(client) {
  if (!client.no_ring_code) return "";
  const key = `ring.${client.no_ring_code}`;
  const text = knows(key) ? t(key) : client.no_ring_reason;
  const shown = client.no_ring_code === "not_registered" && client.phone?.registration_text;
  return shown ? `${text} ${t("ring.shows", { text: shown })}` : text;
}
