// The clients on the screen, and only those: TanStack Virtual says which rows that are.

import { Virtualizer, observeWindowOffset, observeWindowRect, windowScroll } from "../vendor/tanstack-virtual-core/index.js";
import { COLUMNS, makeCell } from "./client_cell.js";
import { el } from "./dom.js";
import { t } from "./words.js";

const REM = parseFloat(getComputedStyle(document.documentElement).fontSize);
const CARD = { width: 17.8 * REM, height: 8.6 * REM, gap: 0.8 * REM };
const ROW = { height: 2.95 * REM };
/** Pixels, as the style sheet has them: what is written in larger letters needs more room. */

export class ListView {
  /** Shows clients in `board`; `of` answers for a key the client as it is now, its groups and whether it is selected. */
  constructor(board, rows, of) {
    this._board = board;
    this._rows = rows;
    this._of = of;
    this._cells = new Map();
    this._free = [];
    this.shown = [];
    this.active = null;
    this._view = "";
    this._width = board.clientWidth;
    const blank = el("span", "mark");
    blank.setAttribute("aria-hidden", "true");
    this._head = el("div", "row head", blank, ...COLUMNS.map((name) => {
      const made = el("div", name, t(`column.${name}`));
      made.setAttribute("role", "columnheader");
      return made;
    }));
    this._head.setAttribute("role", "row");
    this._virtualizer = new Virtualizer(this._options());
    this._virtualizer._didMount();
    this._virtualizer._willUpdate();
    new ResizeObserver(() => this._measure()).observe(board);
    setInterval(() => this._tick(), 1000);
  }

  get columns() {
    if (this._view === "table") return 1;
    return Math.max(1, Math.floor((this._width + CARD.gap) / (CARD.width + CARD.gap)));
  }

  /** Show these clients, in this order. */
  show(clients, view) {
    this.shown = clients;
    if (view !== this._view) {
      this._view = view;
      this._board.dataset.view = view;
      this._rows.replaceChildren();
      this._cells.clear();
      this._free = [];
      this._head.remove();
      if (view === "table") this._board.prepend(this._head);
    }
    if (this.active && !clients.some((client) => client.key === this.active)) this.active = null;
    this._measure();
  }

  /** What was shown has changed, not who is shown. */
  refresh() {
    this._render();
  }

  /** The clients with these keys have changed; who is shown, and where, has not. */
  update(keys) {
    const now = Date.now();
    for (const key of keys) {
      const cell = this._cells.get(key);
      if (cell) this._fill(cell, key, now);
    }
  }

  move(by) {
    if (!this.shown.length) return;
    const at = this.shown.findIndex((client) => client.key === this.active);
    const to = at < 0 ? 0 : Math.min(this.shown.length - 1, Math.max(0, at + by));
    this.active = this.shown[to].key;
    this._virtualizer.scrollToIndex(Math.floor(to / this.columns), { align: "auto" });
    this._render();
  }

  _options() {
    const columns = this._view ? this.columns : 1;
    const card = this._view !== "table";
    return {
      count: Math.ceil(this.shown.length / columns),
      getScrollElement: () => window,
      observeElementRect: observeWindowRect,
      observeElementOffset: observeWindowOffset,
      scrollToFn: windowScroll,
      initialRect: { width: innerWidth, height: innerHeight },
      estimateSize: () => (card ? CARD.height + CARD.gap : ROW.height),
      scrollMargin: this._rows.getBoundingClientRect().top + scrollY,
      overscan: card ? 3 : 8,
      onChange: () => this._render(),
    };
  }

  _measure() {
    this._width = this._board.clientWidth; // asked between two changes, the browser would lay out everything anew
    this._virtualizer.setOptions(this._options());
    this._virtualizer._willUpdate();
    this._virtualizer.measure(); // and tells of it, which renders
  }

  _render() {
    const columns = this.columns;
    const now = Date.now();
    this._rows.style.height = `${this._virtualizer.getTotalSize()}px`;
    const width = (this._width - (columns - 1) * CARD.gap) / columns;
    const wanted = new Map();
    for (const item of this._virtualizer.getVirtualItems()) {
      for (let column = 0; column < columns; column += 1) {
        const client = this.shown[item.index * columns + column];
        if (client) wanted.set(client.key, [item.start - this._virtualizer.options.scrollMargin, column, item.index * columns + column]);
      }
    }
    for (const [key, cell] of this._cells) {
      if (wanted.has(key)) continue;
      this._cells.delete(key);
      cell.root.remove();
      this._free.push(cell);
    }
    for (const [key, [top, column, index]] of wanted) {
      let cell = this._cells.get(key);
      if (!cell) {
        cell = this._free.pop() ?? makeCell(this._view);
        this._cells.set(key, cell);
        this._rows.append(cell.root);
      }
      const style = cell.root.style;
      const left = this._view === "table" ? 0 : column * (width + CARD.gap);
      const place = `translate(${left}px, ${top}px)`;
      if (style.transform !== place) style.transform = place;
      const wide = this._view === "table" ? "" : `${width}px`;
      if (style.width !== wide) style.width = wide;
      cell.root.setAttribute("aria-rowindex", String(index + 1));
      this._fill(cell, key, now);
    }
    this._board.setAttribute("aria-rowcount", String(this.shown.length));
    const isSeen = this.active !== null && wanted.has(this.active);
    isSeen ? this._board.setAttribute("aria-activedescendant", "active") : this._board.removeAttribute("aria-activedescendant");
  }

  _fill(cell, key, now) {
    const { client, groups, selected } = this._of(key);
    cell.show(client, groups, selected, key === this.active, now);
  }

  _tick() {
    if (document.hidden) return;
    const now = Date.now();
    for (const cell of this._cells.values()) cell.tick(now);
  }
}
