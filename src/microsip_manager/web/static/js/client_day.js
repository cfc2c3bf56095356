// The day of a client: picture, sums, table, and its calls.

import { kind, otherSide, talk } from "./call_words.js";
import { allPages, bandsOf, boundsOf, dayOf, sumsOf } from "./day.js";
import { ask } from "./api.js";
import { el, icon, setText, toast } from "./dom.js";
import { fill } from "./sheet.js";
import { draw } from "./timeline.js";
import { dayInWords, duration, inWords, moment, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const SHAPES = { online: "online", dnd: "dnd", offline: "offline" };
const REDRAW = 30_000;

export class Day {
  constructor(path, hostname) {
    this._path = path;
    this._hostname = hostname;
    this._loads = 0;
    this._changes = [];
    this._meanwhile = [];
    this._standing = null;
    this._calls = new Map();
    const given = new URLSearchParams(location.search).get("day") ?? "";
    this._chosen = /^\d{4}-\d\d-\d\d$/.test(given) && given < dayOf(new Date()) ? given : "";
    $("day").addEventListener("change", () => this._choose($("day").value));
    $("day-before").addEventListener("click", () => this._choose(this._moved(-1)));
    $("day-after").addEventListener("click", () => this._choose(this._moved(1)));
    $("day-today").addEventListener("click", () => this._choose(""));
    setInterval(() => document.hidden || !this._isToday || this._show(), REDRAW);
  }

  get _isToday() {
    return this._chosen === "";
  }

  get _day() {
    return this._chosen || dayOf(new Date());
  }

  _moved(days) {
    const [start] = boundsOf(this._day);
    return dayOf(new Date(start), days);
  }

  _choose(day) {
    this._chosen = day && day < dayOf(new Date()) ? day : "";
    history.replaceState(null, "", this._chosen ? `?day=${this._chosen}` : location.pathname);
    this.load();
  }

  /** Fetch all of the day, as after a connection that was lost. */
  async load() {
    const load = (this._loads += 1);
    this._meanwhile = [];
    const [start, end] = boundsOf(this._day);
    const [from, to] = [new Date(start).toISOString(), new Date(end).toISOString()];
    const during = new URLSearchParams({ from, to, limit: 1000 });
    const earlier = new URLSearchParams({ to: from, limit: 1 });
    const ofHost = new URLSearchParams({ hostname: this._hostname, from, to, limit: 1000 });
    try {
      const [changes, before, calls] = await Promise.all([
        allPages(`${this._path}/history?${during}`, ask),
        ask(`${this._path}/history?${earlier}`).then((response) => response.json()),
        allPages(`/api/calls?${ofHost}`, ask),
      ]);
      if (load !== this._loads) return; // another day was chosen meanwhile
      // What happened while this was under way may have been too late for the answer, and must not be lost by it.
      const known = new Set(changes.map(({ at }) => Date.parse(at)));
      this._changes = [...changes.reverse(), ...this._meanwhile.filter(({ at }) => !known.has(Date.parse(at)))];
      this._standing = before[0]?.after ?? null;
      this._calls = new Map(calls.reverse().map((call) => [call.id, call]));
      this._show();
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  /** A change of status that has just happened. */
  changed(after, at) {
    if (!this._isToday) return;
    this._changes.push({ after, at });
    this._meanwhile.push({ after, at });
    this._show();
  }

  /** A call that began, changed or ended. */
  called(call) {
    const [start, end] = boundsOf(this._day);
    const at = Date.parse(call.started_at);
    if (at < start || at >= end) return;
    this._calls.set(call.id, call);
    this._show();
  }

  _show() {
    const [start, end] = boundsOf(this._day);
    const now = Date.now();
    const bands = bandsOf(this._changes, this._standing, start, Math.min(end, Math.max(now, start)));
    const calls = [...this._calls.values()].sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at));
    const sums = [...sumsOf(bands)].filter(([, length]) => length >= 1000);
    const times = sums.map(([status, length]) => `${t(`state.${status}`)} ${inWords(length / 1000)}`);
    $("day").value = this._day;
    $("day").max = dayOf(new Date());
    $("day-after").disabled = $("day-today").disabled = this._isToday;
    $("day-sums").replaceChildren(...sums.map(([status], at) => {
      const item = el("li", "", icon(SHAPES[status]), el("span", "", times[at]));
      item.dataset.status = status;
      return item;
    }), el("li", "", icon("phone"), el("span", "", t("day.calls", { count: calls.length }))));
    const summary = t("day.summary", { day: dayInWords(new Date(start)), times: times.join(", ") || t("day.unheard"), calls: t("day.calls", { count: calls.length }) });
    draw($("timeline"), { start, end, now, bands, calls, summary });
    fill($("day-table"), bands.map(({ status, from, to }) => [
      t(`state.${status}`), moment(new Date(from), true), to >= now - 1000 ? t("day.now") : moment(new Date(to), true), duration((to - from) / 1000),
    ]));
    fill($("calls"), calls.reverse().map((call) => [moment(new Date(call.started_at), true), kind(call.direction), otherSide(call), talk(call), call.info]));
    $("no-calls").hidden = calls.length > 0;
    $("calls").hidden = calls.length === 0;
    setText($("day-title"), dayInWords(new Date(start)));
    const filters = new URLSearchParams({ hostname: this._hostname, from: new Date(start).toISOString(), to: new Date(end).toISOString() });
    $("all-calls").href = `/calls?${filters}`;
  }
}
