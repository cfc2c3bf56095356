// What has happened that somebody may want to be told of: a step from what was known to what is. No I/O, no timers.

const [MINUTE, FRESH] = [60_000, 10 * 60_000];
/** A missed call that began longer ago is an old one, told again after a restart of the server. */

const LOST = new Set(["failed", "wrong_password"]);
const isOff = (row) => row.status === "offline";
const isLost = (row) => !isOff(row) && LOST.has(row.phone?.registration);

export class NoticeWatch {
  constructor() {
    this._rows = new Map();
    this._told = new Set();
    this._isNew = true;
  }

  /** What an event of the stream is worth telling: `{kind, name, key}` each. Nothing of what was so at the beginning. */
  hear(kind, data, now, minutes) {
    if (kind === "snapshot") return this._begin(data.clients, now, minutes);
    if (kind === "client") return this._step(data.client);
    if (kind === "call") return this._called(data.call, now);
    if (kind === "agent" && data.change === "asked") return this._once("asks", data.waiting.hostname, data.waiting.id);
    return [];
  }

  /** Whose DND has become too long meanwhile. */
  look(now, minutes) {
    return [...this._rows.values()].filter((row) => isLong(row, now, minutes)).flatMap((row) => this._once("dnd", row.hostname, row.status_since));
  }

  _begin(rows, now, minutes) {
    const found = this._isNew ? [] : rows.flatMap((row) => this._step(row));
    for (const row of rows) this._rows.set(row.hostname.toLowerCase(), row);
    if (this._isNew) this.look(now, minutes); // counts as told
    this._isNew = false;
    return found;
  }

  _step(row) {
    const key = row.hostname.toLowerCase();
    const before = this._rows.get(key);
    this._rows.set(key, row);
    // Once it is well again, the same is news again.
    if (!isOff(row)) this._told.delete(`offline ${key}`);
    if (row.phone?.registration === "registered") this._told.delete(`registration ${key}`);
    if (!before) return [];
    return [
      ...(isOff(row) && !isOff(before) ? this._once("offline", row.hostname, "", row.status_since) : []),
      ...(isLost(row) && !isLost(before) ? this._once("registration", row.hostname, "", row.phone.registration) : []),
    ];
  }

  _called(call, now) {
    if (call.direction !== "missed" || now - Date.parse(call.started_at) > FRESH) return [];
    return this._once("missed", call.hostname, call.id);
  }

  /** News, unless it was told: `which` tells it from others of the same PC, `since` only from those of other tabs. */
  _once(kind, name, which, since = "") {
    const key = `${kind} ${name.toLowerCase()}${which && ` ${which}`}`;
    if (this._told.has(key)) return [];
    this._told.add(key);
    return [{ kind, name, key: since ? `${key} ${since}` : key }];
  }
}

function isLong(row, now, minutes) {
  return row.status === "dnd" && now - Date.parse(row.status_since) > minutes * MINUTE;
}
