// Which days the statistics are about, in which time zone, of whom; kept in the address of the page.

import { dayOf } from "./day.js";

const LENGTHS = { today: 1, week: 7, month: 31 };
const PLAIN_DAY = /^\d{4}-\d\d-\d\d$/;

/** The time zone of this browser. */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export class Period {
  constructor() {
    this.read();
  }

  read() {
    const given = new URLSearchParams(location.search);
    this.kind = given.get("period") in LENGTHS ? given.get("period") : "today";
    this.tz = given.get("tz") || ownZone();
    this.hostname = given.get("hostname") ?? "";
    [this.from, this.to] = this._lengthOf(this.kind);
    if (PLAIN_DAY.test(given.get("from") ?? "") && PLAIN_DAY.test(given.get("to") ?? "")) {
      [this.kind, this.from, this.to] = ["own", given.get("from"), given.get("to")];
    }
  }

  /** Choose anew; `own` leaves the days as they are. */
  choose({ kind, from, to, tz, hostname }) {
    [this.kind, this.tz, this.hostname] = [kind, tz, hostname];
    [this.from, this.to] = kind === "own" ? [from, to] : this._lengthOf(kind);
    const kept = new URLSearchParams();
    if (kind === "own") {
      kept.set("from", from);
      kept.set("to", to);
    } else if (kind !== "today") {
      kept.set("period", kind);
    }
    if (tz !== ownZone()) kept.set("tz", tz);
    if (hostname) kept.set("hostname", hostname);
    history.pushState(null, "", kept.size ? `?${kept}` : location.pathname);
  }

  /** What to ask the API: its `to` is the midnight behind the last day. */
  question() {
    const asked = new URLSearchParams({ from: this.from, to: dayAfter(this.to), tz: this.tz });
    if (this.hostname) asked.set("hostname", this.hostname);
    return `/api/stats?${asked}`;
  }

  _lengthOf(kind) {
    const today = todayIn(this.tz);
    return [dayAfter(today, 1 - LENGTHS[kind]), today];
  }
}

/** The day it is in a time zone now; of one that this browser does not know, its own day. */
function todayIn(tz) {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone: tz, dateStyle: "short" }).format(new Date());
  } catch {
    return dayOf(new Date());
  }
}

function dayAfter(day, days = 1) {
  const [year, month, date] = day.split("-").map(Number);
  return dayOf(new Date(year, month - 1, date + days));
}
