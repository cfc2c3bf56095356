// Which calls are asked for.

import { PageFilters } from "./page_filters.js";

const MOMENTS = ["from", "to"];
const FIELDS = ["hostname", "extension", "number", "direction", ...MOMENTS, "min_duration"];

export class CallFilters extends PageFilters {
  constructor(form) {
    super(form, { page: "/calls", api: "/api/calls", fields: FIELDS, moments: MOMENTS, cursor: "cursor" });
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
