// Who did what: filtered, page by page, as CSV, and whether the log is whole.

import { ask } from "./api.js";
import { el, setText } from "./dom.js";
import { PageFilters } from "./page_filters.js";
import { pageLoader } from "./paged_list.js";
import { fill } from "./sheet.js";
import { exactly, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const MOMENTS = ["from", "to"];
const filters = new PageFilters($("filters"), {
  page: "/audit", api: "/api/audit", fields: ["who", "what", "hostname", "outcome", ...MOMENTS], moments: MOMENTS, cursor: "before",
});
const load = pageLoader(filters, show);

function show(rows) {
  fill($("rows"), rows.map(row));
  $("rows").hidden = rows.length === 0;
  setText($("shown"), rows.length ? t("audit.shown", { count: rows.length }) : t("audit.none"));
}

function row(record) {
  const at = el("time", "", exactly(new Date(record.at)));
  at.dateTime = record.at;
  const who = el("div", "", el("b", "", record.who), el("span", "quietly", record.address));
  const what = el("div", "", el("code", "", record.what));
  if (record.times > 1) what.append(el("span", "quietly", t("audit.times", { count: record.times, since: exactly(new Date(record.since)) })));
  const good = record.outcome === "ok";
  return [at, who, what, [record.hostname, record.target].filter(Boolean).join(" · "), el("span", good ? "good" : "bad", record.outcome), more(record)];
}

/** What was before and after, where somebody wants to know. */
function more(record) {
  const texts = ["before", "after"].filter((name) => record[name] !== null).map((name) => [t(`audit.${name}`), JSON.stringify(record[name], null, 1)]);
  if (!texts.length) return "";
  const made = el("details", "", el("summary", "", t("audit.more"), el("span", "unseen", ` ${record.seq}`)));
  for (const [title, text] of texts) made.append(el("h3", "", title), el("pre", "", text));
  return made;
}

async function verify() {
  const button = $("verify");
  button.disabled = true;
  setText($("verdict"), t("audit.verifying"));
  $("verdict").className = "verdict";
  try {
    const found = await (await ask("/api/audit/check")).json();
    const places = found.broken.map(({ seq, why }) => `${seq}: ${why}`).join("; ");
    const key = found.rows === 0 ? "audit.empty" : found.ok ? "audit.whole" : "audit.broken";
    setText($("verdict"), t(key, { count: found.rows, first: found.first, last: found.last, last_hash: `${found.last}:${found.hash}`, places }));
    $("verdict").className = `verdict ${found.ok ? "good" : "bad"}`;
  } catch (problem) {
    setText($("verdict"), problem.message);
    $("verdict").className = "verdict bad";
  } finally {
    button.disabled = false;
  }
}

filters.drive(load, { chosen: "outcome", turns: [$("older"), $("newest")] });
$("verify").addEventListener("click", verify);
load();
