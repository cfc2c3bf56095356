// Tables of a page: rows out of texts and elements.

import { el } from "./dom.js";

/** Fill the body of a table; a row is a list of texts and elements, by the columns of its head. */
export function fill(table, rows) {
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.className);
  table.tBodies[0].replaceChildren(...rows.map((row) => el("tr", "", ...row.map((cell, at) => el("td", names[at], cell)))));
}

/** A table of its own with these column titles. */
export function table(titles, rows, caption = "") {
  const head = el("thead", "", el("tr", "", ...titles.map((title) => {
    const cell = el("th", "", title);
    cell.scope = "col";
    return cell;
  })));
  const made = el("table", "", ...(caption ? [el("caption", "unseen", caption)] : []), head, el("tbody"));
  fill(made, rows);
  return made;
}
