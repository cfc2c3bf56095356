// One state on the wallboard: how many, and who, for how long; page by page when they do not all fit.

import { el, setText } from "./dom.js";
import { inWords, language, t } from "./words.js";

const inOrder = new Intl.Collator(language, { numeric: true, sensitivity: "base" }).compare;

export class WallColumn {
  constructor(section) {
    this.state = section.dataset.column;
    this.pages = 1;
    this._count = section.querySelector("b");
    this._list = section.querySelector("ul");
    this._foot = section.querySelector(".wall-page");
    this._section = section;
    this._page = 0;
  }

  /** The page that follows, or the first one again. */
  turn() {
    this._page = (this._page + 1) % this.pages;
  }

  show(clients, now) {
    setText(this._count, String(clients.length));
    this._section.classList.toggle("none", clients.length === 0);
    // The one who waits longest for a call, or has been away longest, is who is looked for.
    clients.sort((a, b) => Date.parse(a.since) - Date.parse(b.since) || inOrder(a.hostname, b.hostname));
    const fit = this._fit();
    this.pages = Math.max(1, Math.ceil(clients.length / fit));
    this._page = Math.min(this._page, this.pages - 1);
    const shown = clients.slice(this._page * fit, (this._page + 1) * fit);
    while (this._list.children.length > shown.length) this._list.lastElementChild.remove();
    shown.forEach((client, at) => this._fill(this._list.children[at] ?? this._list.appendChild(row()), client));
    setText(this._foot, this.pages > 1 ? t("wall.page", { page: this._page + 1, pages: this.pages }) : "");
    this.tick(now);
  }

  tick(now) {
    for (const made of this._list.children) setText(made.lastElementChild, inWords(Math.max(0, now - made.dataset.since) / 1000));
  }

  /** How many rows the screen has room for; all where it is narrow and scrolls. */
  _fit() {
    const list = this._list;
    if (getComputedStyle(list).overflowY !== "hidden") return Infinity;
    const probe = list.firstElementChild ?? list.appendChild(row());
    const height = probe.getBoundingClientRect().height || 1;
    return Math.max(1, Math.floor(list.clientHeight / height));
  }

  _fill(made, client) {
    made.dataset.since = Date.parse(client.since);
    const [name, groups] = made.firstElementChild.children;
    setText(name, client.hostname);
    setText(groups, client.groups.join(", "));
  }
}

const row = () => el("li", "", el("div", "who", el("b", "", "\u00a0"), el("span", "quiet", "")), el("time", "", ""));
