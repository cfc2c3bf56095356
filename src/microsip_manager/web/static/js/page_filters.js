// What a page shows of a long list; kept in its address by the names that the API has.

export class PageFilters {
  /**
   * `fields` are the names that the form and the API share, `moments` those among them that are moments, and `cursor`
   * is what the API calls the place from which a page goes on.
   */
  constructor(form, { page, api, fields, moments, cursor }) {
    this._form = form;
    Object.assign(this, { _page: page, _api: api, _fields: fields, _moments: moments, _cursor: cursor });
    this.read();
  }

  /** Take the filters and the page from the address. */
  read() {
    const given = new URLSearchParams(location.search);
    this._query = new URLSearchParams();
    for (const name of this._fields) if (given.get(name)) this._query.set(name, given.get(name));
    this.cursor = given.get(this._cursor) ?? "";
    for (const name of this._fields) {
      const value = this._query.get(name) ?? "";
      this._form.elements[name].value = this._moments.includes(name) ? localOf(value) : value;
    }
  }

  /** Take the filters from the form, and begin with the newest. */
  take() {
    this._query = new URLSearchParams();
    for (const name of this._fields) {
      const value = this._form.elements[name].value.trim();
      if (value) this._query.set(name, this._moments.includes(name) ? new Date(value).toISOString() : value);
    }
    this.cursor = "";
    history.pushState(null, "", this.address());
  }

  /** The page with these filters, behind `cursor`. */
  address(cursor = "") {
    const kept = new URLSearchParams(this._query);
    if (cursor) kept.set(this._cursor, cursor);
    return kept.size ? `${this._page}?${kept}` : this._page;
  }

  /** The page that the API names as the `next` one. */
  behind(next) {
    return this.address(new URLSearchParams(next.split("?")[1]).get(this._cursor));
  }

  /** What to ask the API for this page. */
  question() {
    const asked = new URLSearchParams(this._query);
    if (this.cursor) asked.set(this._cursor, this.cursor);
    return `${this._api}?${asked}`;
  }

  csv() {
    const asked = new URLSearchParams(this._query);
    asked.set("format", "csv");
    return `${this._api}?${asked}`;
  }

  /**
   * From now on `load` whenever something else is to be shown: the form is sent or emptied, the choice named `chosen`
   * changes, one of the links `turns` is followed, or the browser goes back.
   */
  drive(load, { chosen, turns }) {
    const again = () => {
      this.read();
      load();
    };
    const taken = () => {
      this.take();
      load();
    };
    this._form.addEventListener("submit", (event) => {
      event.preventDefault();
      taken();
    });
    this._form.addEventListener("reset", () => setTimeout(taken)); // behind the reset: only then it is empty
    this._form.elements[chosen].addEventListener("change", () => this._form.requestSubmit());
    for (const link of turns) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.pushState(null, "", link.href);
        again();
        scrollTo({ top: 0 });
      });
    }
    addEventListener("popstate", again);
  }
}

/** A moment as `datetime-local` has it, by the clock of this browser. */
function localOf(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
