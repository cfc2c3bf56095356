// Who is selected: single ones, ranges, everybody shown.

export class Selection {
  constructor(changed) {
    this.keys = new Set();
    this._anchor = null;
    this._changed = changed;
  }

  has(key) {
    return this.keys.has(key);
  }

  toggle(key) {
    this.keys.has(key) ? this.keys.delete(key) : this.keys.add(key);
    this._anchor = key;
    this._changed();
  }

  /** From the one selected last to this one, in the order shown. */
  range(shown, key) {
    const from = shown.findIndex((client) => client.key === this._anchor);
    const to = shown.findIndex((client) => client.key === key);
    if (from < 0) return this.toggle(key);
    for (const client of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) this.keys.add(client.key);
    this._changed();
  }

  all(shown) {
    for (const client of shown) this.keys.add(client.key);
    this._changed();
  }

  clear() {
    this.keys.clear();
    this._anchor = null;
    this._changed();
  }
}
