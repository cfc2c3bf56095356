// All clients, live: a snapshot and what changed since, told to the page at most once a frame.

import { clientOf } from "./client.js";
import { listen } from "./live.js";
import { language } from "./words.js";

const inOrder = new Intl.Collator(language, { numeric: true, sensitivity: "base" }).compare;

export class Fleet {
  constructor(light) {
    /** By key, in the order of their names: to compare ten thousand of those costs more than all the rest. */
    this.clients = new Map();
    this._isOrdered = true;
    this.loaded = false;
    this._listeners = [];
    this._changed = new Set();
    this._asked = false;
    listen(["client"], (kind, data) => this._hear(kind, data), { light });
  }

  /** `hear(changed)` with the keys of those that changed, or null when all may have. */
  onChange(hear) {
    this._listeners.push(hear);
  }

  _hear(kind, data) {
    if (kind === "snapshot") {
      this.clients = new Map(data.clients.map((row) => clientOf(row)).map((client) => [client.key, client]));
      this._isOrdered = false;
      this.loaded = true;
      this._changed = null;
    } else if (kind === "client") {
      const client = clientOf(data.client);
      if (!this.clients.has(client.key)) this._isOrdered = false;
      this.clients.set(client.key, client);
      this._changed?.add(client.key);
    } else {
      return;
    }
    if (!this._asked) {
      this._asked = true;
      // A hidden page has no frames; it should be right all the same when it is shown.
      (document.hidden ? setTimeout : requestAnimationFrame)(() => this._tell());
    }
  }

  _tell() {
    const changed = this._changed;
    this._changed = new Set();
    this._asked = false;
    if (!this._isOrdered) {
      this.clients = new Map([...this.clients].sort(([, a], [, b]) => inOrder(a.hostname, b.hostname)));
      this._isOrdered = true;
    }
    for (const hear of this._listeners) hear(changed);
  }
}
