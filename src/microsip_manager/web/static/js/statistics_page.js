// Calls and time in status of a period: figures, charts, and each chart as a table.

import { ask } from "./api.js";
import { columns, draw, heatMap, isUpright, shares } from "./charts.js";
import { setText } from "./dom.js";
import { DIRECTIONS, ENDS, STATUSES, byGroup, byHourOfDay, byPerson, heat, steps } from "./figures.js";
import { Period, ownZone } from "./period.js";
import { table } from "./sheet.js";
import { duration, inWords, locale, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const MOST_PEOPLE = 25;
const LONG = 2 * 3600;
/** Seconds of talk in a column, from which on its axis counts hours. */
const ROW = 30;
/** Pixels of a person in the chart. */

const END_WORDS = { answered: "stats.answered", missed: "stats.missed", lost_to_dnd: "stats.lost" };
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
// 2024 began with a Monday.
const WEEKDAYS = Array.from({ length: 7 }, (_, day) => new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, day + 1)));
const plainDay = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const shortDay = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
const inUtc = (day) => new Date(`${day}T00:00:00Z`);

const period = new Period();
const form = $("period");
let loads = 0;

async function load() {
  const own = (loads += 1);
  showPeriod();
  setText($("problem"), "");
  try {
    const [stats, groups] = await Promise.all([ask(period.question()).then((response) => response.json()), loadGroups()]);
    if (own === loads) show(stats, groups);
  } catch (error) {
    if (own !== loads) return;
    $("figures").hidden = true;
    setText($("of"), "");
    setText($("problem"), error.message);
  }
}

async function loadGroups() {
  return (await ask("/api/groups?members=true")).json();
}

function showPeriod() {
  for (const radio of form.elements.period) radio.checked = radio.value === period.kind;
  form.elements.from.value = period.from;
  form.elements.to.value = period.to;
  form.elements.tz.value = period.tz;
  showOwn();
  const select = form.elements.hostname;
  if (period.hostname && ![...select.options].some((option) => option.value === period.hostname)) select.append(new Option(period.hostname));
  select.value = period.hostname;
}

function showOwn() {
  for (const label of form.querySelectorAll(".of-own")) label.hidden = form.elements.period.value !== "own";
}

function show(stats, groups) {
  $("figures").hidden = false;
  const [first, last] = [period.from, period.to].map((day) => plainDay.format(inUtc(day)));
  setText($("of"), first === last ? `${first}, ${stats.tz}` : t("stats.of", { from: first, to: last, zone: stats.tz }));
  const { calls } = stats.totals;
  const tiles = { total: calls.total, answered: calls.answered, missed: calls.missed, lost: calls.lost_to_dnd, talk: inWords(calls.talk_time), mean: calls.mean_duration === null ? "–" : duration(calls.mean_duration) };
  for (const [name, value] of Object.entries(tiles)) {
    setText(document.querySelector(`[data-tile="${name}"] dd`), typeof value === "number" ? value.toLocaleString(locale) : value);
  }
  showByHour(stats, calls.total);
  showHeat(stats, calls.total);
  showSteps(stats, calls.total);
  showTimes("by-person", t("stats.person"), byPerson(stats.clients), t("stats.nobody"));
  showTimes("by-group", t("stats.group"), byGroup(stats.clients, groups), t(groups.length ? "stats.nobody" : "stats.no-groups"));
}

function showByHour({ hours }, total) {
  const counts = byHourOfDay(hours);
  const parts = DIRECTIONS.map((direction) => [direction, t(`kind.${direction}`), counts.get(direction)]);
  put("by-hour", total ? columns(HOURS, parts) : null, [t("stats.hour"), ...parts.map(([, label]) => label)],
    HOURS.map((hour, at) => [hour, ...parts.map(([, , numbers]) => String(numbers[at]))]), total ? "" : t("stats.no-calls"));
}

function showHeat({ hours }, total) {
  const cells = heat(hours);
  chartOf("heat").hidden = false; // what is hidden has no width
  chartOf("heat").style.height = isUpright(chartOf("heat").clientWidth) ? "36rem" : "";
  put("heat", total ? heatMap(WEEKDAYS, HOURS, cells) : null, [t("stats.weekday"), ...HOURS],
    WEEKDAYS.map((day, at) => [day, ...cells[at].map(String)]), total ? "" : t("stats.no-calls"));
}

function showSteps({ hours }, total) {
  const found = steps(hours);
  const labels = found.steps.map(({ name }) => (found.isHours ? name : shortDay.format(inUtc(name))));
  const first = t(found.isHours ? "stats.hour" : "stats.day");
  const parts = ENDS.map((end) => [end, t(END_WORDS[end]), found.steps.map((step) => step[end])]);
  const note = total ? "" : t("stats.no-calls");
  put("outcomes", total ? columns(labels, parts) : null, [first, ...parts.map(([, label]) => label)],
    found.steps.map((step, at) => [labels[at], ...ENDS.map((end) => String(step[end]))]), note);
  const talk = [["talk_time", t("stats.talk"), found.steps.map((step) => step.talk_time)]];
  const isLong = Math.max(0, ...talk[0][2]) > LONG;
  const unit = isLong ? 3600 : 60;
  const axis = (value) => (isLong ? t("length.whole-hours", { hours: value }) : t("length.minutes", { minutes: value }));
  put("talk-chart", total ? columns(labels, talk.map(([key, label, numbers]) => [key, label, numbers.map((seconds) => seconds / unit)]), { format: (value) => inWords(value * unit), axis }) : null, [first, t("stats.talk")],
    found.steps.map((step, at) => [labels[at], duration(step.talk_time)]), note);
}

function showTimes(name, title, rows, empty) {
  const parts = STATUSES.map((status) => [status, t(`state.${status}`)]);
  const shown = rows.slice(0, MOST_PEOPLE);
  const note = rows.length === 0 ? empty : rows.length > MOST_PEOPLE ? t("stats.first", { count: MOST_PEOPLE }) : "";
  chartOf(name).style.height = `${Math.max(6, shown.length) * ROW + 80}px`;
  put(name, rows.length ? shares(shown, parts, inWords) : null, [title, ...parts.map(([, label]) => label)],
    rows.map((row) => [row.name, ...STATUSES.map((status) => duration(row[status]))]), note);
}

const chartOf = (name) => document.querySelector(`[data-chart="${name}"] .chart`);

/** A chart, its table and what is said of it; without an option there is only the text. */
function put(name, option, titles, rows, note) {
  const section = document.querySelector(`[data-chart="${name}"]`);
  const line = section.querySelector(".note");
  line.hidden = !note;
  setText(line, note);
  chartOf(name).hidden = option === null;
  section.querySelector("details").hidden = option === null;
  if (!option) return;
  const made = table(titles, rows, section.querySelector("h2").textContent);
  for (const row of made.rows) for (const cell of [...row.cells].slice(1)) cell.classList.add("number");
  section.querySelector(".scrolls").replaceChildren(made);
  draw(chartOf(name), option);
}

function choose() {
  const given = form.elements;
  period.choose({ kind: given.period.value, from: given.from.value, to: given.to.value, tz: given.tz.value.trim(), hostname: given.hostname.value });
  load();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  choose();
});
for (const radio of form.elements.period) {
  radio.addEventListener("change", () => {
    showOwn();
    if (radio.value === "own") form.elements.from.focus();
    else choose();
  });
}
form.elements.hostname.addEventListener("change", choose);
form.elements.tz.addEventListener("change", () => form.requestSubmit());
addEventListener("popstate", () => {
  period.read();
  load();
});

$("zones").replaceChildren(...["UTC", ownZone(), ...(Intl.supportedValuesOf?.("timeZone") ?? [])].map((zone) => new Option("", zone)));
ask("/api/clients").then((response) => response.json()).then((clients) => {
  const select = form.elements.hostname;
  select.replaceChildren(select.options[0], ...clients.map((client) => new Option(client.hostname)));
  showPeriod();
}, () => {}); // the figures themselves say what is wrong
load();
