// Who did what to this client. Read when somebody asks for it: reading the log is itself in the log.

import { ask } from "./api.js";
import { el, setText } from "./dom.js";
import { fill } from "./sheet.js";
import { exactly, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const SHOWN = 30;
const MESSAGE = "POST /api/clients/{hostname}/display_message";

/** Fill the section as often as it is opened. Only administrators have it. */
export function offerAudit(path, hostname) {
  if (!$("audit-of")) return;
  $("all-audit").href = `/audit?hostname=${encodeURIComponent(hostname)}`;
  $("audit-of").addEventListener("toggle", () => $("audit-of").open && load(path, hostname));
}

async function load(path, hostname) {
  setText($("audit-problem"), "");
  try {
    const rows = await (await ask(`/api/audit?${new URLSearchParams({ hostname, limit: SHOWN })}`)).json();
    fill($("audit"), rows.map((record) => row(path, record)));
    $("audit").hidden = rows.length === 0;
    $("no-audit").hidden = rows.length > 0;
  } catch (problem) {
    setText($("audit-problem"), problem.message);
  }
}

function row(path, record) {
  const at = el("time", "", exactly(new Date(record.at)));
  at.dateTime = record.at;
  const who = el("div", "", el("b", "", record.who), el("small", "quietly", record.address));
  const what = el("div", "", el("code", "", record.what.replace("/api/clients/{hostname}", "…")));
  if (record.times > 1) what.append(el("small", "quietly", t("audit.times", { count: record.times, since: exactly(new Date(record.since)) })));
  if (record.after !== null) what.append(el("small", "after-of", JSON.stringify(record.after)));
  const isGood = record.outcome === "ok";
  const result = el("div", "", el("span", `result is-${isGood ? "good" : "bad"}`, record.outcome));
  if (isGood && record.what === MESSAGE && record.target) result.append(becameOf(`${path}/messages/${encodeURIComponent(record.target)}`));
  return [at, who, what, result];
}

/** What the user has answered is known on the PC alone, so it is asked for each. */
function becameOf(path) {
  const button = el("button", "", t("client.became"));
  button.type = "button";
  const place = el("div", "became", button);
  button.addEventListener("click", async () => {
    button.disabled = true;
    const text = await ask(path).then(async (answer) => {
      const report = await answer.json();
      return t(`message.state-${report.state}`, { button: report.button ?? "" });
    }, (problem) => problem.message);
    place.replaceChildren(text);
  });
  return place;
}
