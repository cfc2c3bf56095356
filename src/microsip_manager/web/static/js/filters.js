// Who is shown and in which order; kept in the address of the page, so that it can be sent to a colleague.

import { STATES, countsOf } from "./client.js";
import { language } from "./words.js";

const inOrder = new Intl.Collator(language, { numeric: true, sensitivity: "base" }).compare;
const REMEMBER_AFTER = 100;
/** Milliseconds. */
const FIELDS = ["count", "text", "group", "sort", "view"];

/** Who is alike stays in the order of the names, in which the clients come. */
const ORDERS = {
  name: null,
  extension: (a, b) => a.extension - b.extension || inOrder(a.extension, b.extension),
  status: (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state),
  since: (a, b) => a.sinceMs - b.sinceMs,
};

export class Filters {
  constructor() {
    const given = new URLSearchParams(location.search);
    this.count = given.get("count") ?? "all";
    this.text = given.get("text") ?? "";
    this.group = given.get("group") ?? "";
    this.sort = given.get("sort") in ORDERS ? given.get("sort") : "name";
    this.view = ["cards", "table"].includes(given.get("view")) ? given.get("view") : (localStorage.getItem("view") ?? "cards");
  }

  set(name, value) {
    this[name] = value;
    if (name === "view") localStorage.setItem("view", value);
    const usual = { count: "all", sort: "name", text: "", group: "", view: "" };
    const kept = new URLSearchParams();
    for (const field of FIELDS) if (this[field] && this[field] !== usual[field]) kept.set(field, this[field]);
    const remember = () => history.replaceState(null, "", kept.size ? `?${kept}` : location.pathname);
    clearTimeout(this._waiting);
    // To change its address takes a browser longer than to filter ten thousand clients; no key has to wait for that.
    if (name === "text") this._waiting = setTimeout(remember, REMEMBER_AFTER);
    else remember();
  }

  /** Those of the clients to show, in order; they come in that of their names. `groupsOf` gives a client's groups. */
  choose(clients, groupsOf, now) {
    const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (const client of clients) {
      if (this.group && !groupsOf(client).includes(this.group)) continue;
      if (this.count !== "all" && !countsOf(client, now).includes(this.count)) continue;
      if (words.length) {
        const groups = groupsOf(client);
        const text = groups.length ? `${client.text}\n${groups.join("\n").toLowerCase()}` : client.text;
        if (!words.every((word) => text.includes(word))) continue;
      }
      found.push(client);
    }
    return ORDERS[this.sort] ? found.sort(ORDERS[this.sort]) : found;
  }
}
