// Schedules: when a group is in DND, what comes next, and what became of the last runs.

import { ask } from "./api.js";
import { el } from "./dom.js";
import { begin, editSheet } from "./edit_sheet.js";
import { locale, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const pathOf = (name) => `/api/schedules/${encodeURIComponent(name)}`;
const mayEdit = document.body.dataset.role === "admin";
const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

let edited = null;

async function load() {
  const [schedules, groups] = await Promise.all([ask("/api/schedules"), ask("/api/groups")].map(async (one) => (await one).json()));
  const select = $("edit-form").elements.group;
  select.replaceChildren(...groups.map(({ name }) => new Option(name, name)));
  const tiles = await Promise.all(schedules.map(tile));
  $("list").replaceChildren(...tiles);
  $("nobody").hidden = schedules.length > 0;
  $("zones").replaceChildren(...Intl.supportedValuesOf("timeZone").map((zone) => new Option(zone, zone)));
}

async function tile(schedule) {
  const [next, runs] = await Promise.all([ask(`${pathOf(schedule.name)}/preview?count=3`), ask(`${pathOf(schedule.name)}/runs?limit=3`)].map(async (one) => (await one).json()));
  const zone = schedule.tz === OWN_ZONE ? "" : ` (${schedule.tz})`;
  const when = `${daysOf(schedule.days)} ${schedule.start}–${schedule.end}${zone}`;
  const made = el("li", "tile", el("h2", "", schedule.name), el("p", "when", when), el("p", "quiet", [schedule.group, schedule.reason].filter(Boolean).join(" · ")));
  made.append(listed(t("schedules.next"), next.map((run) => period(run, schedule.tz)), t("schedules.no-next")));
  if (runs.length) made.append(listed(t("schedules.last"), runs.map((run) => `${period(run, schedule.tz)}: ${t(`run.${run.state}`, run)}`)));
  if (mayEdit) {
    const button = el("button", "", t("change"));
    button.type = "button";
    button.setAttribute("aria-label", `${t("change")}: ${schedule.name}`);
    button.addEventListener("click", () => edit(schedule));
    made.append(button);
  }
  return made;
}

function listed(title, lines, none = "") {
  return el("div", "listed", el("h3", "", title), lines.length ? el("ul", "", ...lines.map((line) => el("li", "", line))) : el("p", "quiet", none));
}

/** "Mon–Fri" where days follow each other, else each of them. */
function daysOf(days) {
  const at = WEEK.map((day, index) => (days.includes(day) ? index : -1)).filter((index) => index >= 0);
  const follow = at.length > 2 && at.at(-1) - at[0] === at.length - 1;
  return follow ? `${t(`day.${WEEK[at[0]]}`)}–${t(`day.${WEEK[at.at(-1)]}`)}` : at.map((index) => t(`day.${WEEK[index]}`)).join(", ");
}

function period(run, timeZone) {
  const day = new Intl.DateTimeFormat(locale, { timeZone, weekday: "short", day: "numeric", month: "short" });
  const hour = new Intl.DateTimeFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const [from, to] = [new Date(run.starts_at), new Date(run.ends_at)];
  return `${day.format(from)}, ${hour.format(from)}–${hour.format(to)}`;
}

const open = editSheet({
  save: async (form) => {
    const given = new FormData(form);
    const name = given.get("name").trim();
    const body = {
      group: given.get("group"),
      days: given.getAll("days"),
      start: given.get("start"),
      end: given.get("end"),
      tz: given.get("tz"),
      exceptions: given.get("exceptions").split(/[\s,;]+/).filter(Boolean),
      reason: given.get("reason"),
    };
    await ask(pathOf(name), { method: "PUT", body });
    if (edited && edited.name.toLowerCase() !== name.toLowerCase()) await ask(pathOf(edited.name), { method: "DELETE" });
  },
  remove: () => ask(pathOf(edited.name), { method: "DELETE" }),
  done: load,
});

function edit(schedule) {
  edited = schedule;
  const given = schedule ?? { name: "", days: WEEK.slice(0, 5), start: "13:00", end: "14:00", tz: OWN_ZONE, exceptions: [], reason: "" };
  const fields = $("edit-form").elements;
  for (const name of ["name", "start", "end", "tz", "reason"]) fields[name].value = given[name];
  if (schedule) fields.group.value = schedule.group;
  fields.exceptions.value = given.exceptions.join(", ");
  for (const box of fields.days) box.checked = given.days.includes(box.value);
  open(schedule ? t("schedules.edit", { name: schedule.name }) : t("schedules.new"), !schedule);
}

$("new").addEventListener("click", () => edit(null));
$("new").hidden = !mayEdit;
begin(load);
