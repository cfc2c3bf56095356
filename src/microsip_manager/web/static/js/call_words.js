// A call as it is shown: its kind as a shape and a word, the other side, the talk.

import { el, icon } from "./dom.js";
import { duration, t } from "./words.js";

export const KINDS = ["incoming", "outgoing", "missed", "rejected_by_dnd", "answered_elsewhere"];
export const SHAPES = { incoming: "incoming", outgoing: "outgoing", missed: "missed", rejected_by_dnd: "dnd", answered_elsewhere: "elsewhere" };

/** Shape and word of a kind of call. */
export function kind(direction) {
  const made = el("span", "kind", icon(SHAPES[direction]), el("span", "", t(`kind.${direction}`)));
  made.dataset.kind = direction;
  return made;
}

/** Who was at the other end. */
export function otherSide(call) {
  const same = !call.name || call.name === call.number;
  return el("span", "side", el("b", "", call.number || call.name || "–"), ...(same || !call.number ? [] : [" ", el("span", "", call.name)]));
}

/** How long they talked. */
export function talk(call) {
  if (!call.ended) return t("calls.under-way");
  return call.duration ? duration(call.duration) : "–";
}
