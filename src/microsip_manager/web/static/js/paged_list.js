// One page of a long list, with the links to its other pages and to all of it as CSV.

import { ask } from "./api.js";
import { nextOf } from "./day.js";
import { setText } from "./dom.js";

const $ = (id) => document.getElementById(id);

/** What loads the page for which `filters` ask. `show` is given its rows, and whether there are older ones. */
export function pageLoader(filters, show) {
  let loads = 0;

  function draw(rows, next) {
    show(rows, Boolean(next));
    $("older").hidden = !next;
    if (next) $("older").href = filters.behind(next);
    $("newest").hidden = !filters.cursor;
    $("newest").href = filters.address();
  }

  return async () => {
    const own = (loads += 1);
    $("csv").href = filters.csv();
    setText($("problem"), "");
    try {
      const response = await ask(filters.question());
      const rows = await response.json();
      if (own === loads) draw(rows, nextOf(response));
    } catch (error) {
      if (own !== loads) return;
      draw([], "");
      setText($("problem"), error.message);
    }
  };
}
