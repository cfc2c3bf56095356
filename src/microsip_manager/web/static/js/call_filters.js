// Which calls are asked for; kept in the address of the page by the names that the API has.

const FIELDS = ["hostname", "extension", "number", "direction", "from", "to", "min_duration"];
const MOMENTS = ["from", "to"];

export class CallFilters {
  constructor(form) {
    this._form = form;
    this.read();
  }

  /** Take the filters and the page from the address. */
  read() {
    const given = new URLSearchParams(location.search);
    this._query = new URLSearchParams();
    for (const name of FIELDS) if (given.get(name)) this._query.set(name, given.get(name));
    this.cursor = given.get("cursor") ?? "";
    for (const name of FIELDS) {
      const value = this._query.get(name) ?? "";
      this._form.elements[name].value = MOMENTS.includes(name) ? localOf(value) : value;
    }
  }

  /** Take the filters from the form, and begin with the newest calls. */
  take() {
    this._query = new URLSearchParams();
    for (const name of FIELDS) {
      const value = this._form.elements[name].value.trim();
      if (value) this._query.set(name, MOMENTS.includes(name) ? new Date(value).toISOString() : value);
    }
    this.cursor = "";
    history.pushState(null, "", this.address());
  }

  /** The page with these filters, behind `cursor`. */
  address(cursor = "") {
    const kept = new URLSearchParams(this._query);
    if (cursor) kept.set("cursor", cursor);
    return kept.size ? `/calls?${kept}` : "/calls";
  }

  /** What to ask the API for this page. */
  question() {
    const asked = new URLSearchParams(this._query);
    if (this.cursor) asked.set("cursor", this.cursor);
    return `/api/calls?${asked}`;
  }

  csv() {
    const asked = new URLSearchParams(this._query);
    asked.set("format", "csv");
    return `/api/calls?${asked}`;
  }

  /** Whether a call is among those asked for, as the server would see it. */
  matches(call) {
    const wanted = (name) => this._query.get(name);
    const at = Date.parse(call.started_at);
    return (
      (!wanted("hostname") || wanted("hostname").toLowerCase() === call.hostname.toLowerCase()) &&
      ["extension", "number", "direction"].every((name) => !wanted(name) || wanted(name) === call[name]) &&
      (!wanted("from") || at >= Date.parse(wanted("from"))) &&
      (!wanted("to") || at < Date.parse(wanted("to"))) &&
      call.duration >= Number(wanted("min_duration") ?? 0)
    );
  }
}

/** A moment as `datetime-local` has it, by the clock of this browser. */
function localOf(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
