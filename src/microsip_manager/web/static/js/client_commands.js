// What a client was asked, by whom, and what became of it.

import { ask, outcome } from "./api.js";
import { el, toast } from "./dom.js";
import { fill } from "./sheet.js";
import { exactly, knows, moment, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const SHOWN = 30;
const GOOD = new Set(["applied", "already", "ok", "shown", "done", "taken", "queued"]);

export async function showCommands(path) {
  try {
    const commands = await (await ask(`${path}/commands?limit=${SHOWN}`)).json();
    fill($("commands"), commands.map((one) => [when(one), what(one), one.issuer, result(one)]));
    $("commands").hidden = commands.length === 0;
    $("no-commands").hidden = commands.length > 0;
    return commands.some((one) => one.outcome === "pending");
  } catch (error) {
    toast(error.message, "bad");
    return false;
  }
}

function when(one) {
  const made = el("time", "", moment(new Date(one.asked_at)));
  made.dateTime = one.asked_at;
  made.title = exactly(new Date(one.asked_at));
  return made;
}

const what = (one) => (knows(`command.${one.command}`) ? t(`command.${one.command}`) : one.command);

function result(one) {
  const went = one.outcome === "pending" ? "pending" : GOOD.has(one.outcome) ? "good" : "bad";
  const made = el("span", `result is-${went}`, outcome(one.outcome));
  if (one.late) made.append(` (${t("command.late", { outcome: outcome(one.late) })})`);
  return made;
}
