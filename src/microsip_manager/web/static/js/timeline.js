// The picture of a day: status as bands of different height and pattern, calls as marks below them.

import { KINDS, SHAPES } from "./call_words.js";
import { hourOf, moment, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const assets = document.body.dataset.static;
const HOUR = 3_600_000;
const [TOP, BAND, CALLS, HEIGHT] = [6, 34, 54, 104];
const MARK = 15;

/** Draw a day from `start` to `end` into `place`; `summary` says it in words. */
export function draw(place, { start, end, now, bands, calls, summary }) {
  const at = (moment) => `${((Math.min(Math.max(moment, start), end) - start) / (end - start)) * 100}%`;
  const wide = (from, to) => `${((to - from) / (end - start)) * 100}%`;
  const picture = make("svg", { role: "img", height: HEIGHT, width: "100%", "aria-label": summary });
  const stripes = make("pattern", { id: "stripes", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  stripes.append(make("rect", { width: 8, height: 8, class: "stripe-ground" }), make("rect", { width: 4, height: 8, class: "stripe" }));
  const defs = make("defs");
  defs.append(stripes);
  picture.append(defs);
  for (let hour = start, number = 0; hour <= end; hour += HOUR, number += 1) {
    picture.append(make("line", { x1: at(hour), x2: at(hour), y1: TOP, y2: HEIGHT - 20, class: `hour every-${number % 6 === 0 ? 6 : number % 2 === 0 ? 2 : 1}` }));
    if (number % 2 || hour >= end) continue;
    const label = make("text", { x: at(hour), y: HEIGHT - 5, "text-anchor": hour === start ? "start" : "middle", class: `every-${number % 6 === 0 ? 6 : 2}` });
    label.textContent = hourOf(new Date(hour));
    picture.append(label);
  }
  for (const band of bands) picture.append(bandOf(band, at, wide));
  for (const call of calls) picture.append(callOf(call, at, wide, now));
  if (now > start && now < end) picture.append(make("line", { x1: at(now), x2: at(now), y1: 0, y2: HEIGHT - 18, class: "now" }));
  place.replaceChildren(picture);
}

function bandOf({ status, from, to }, at, wide) {
  const shape = { online: [TOP, BAND], dnd: [TOP, BAND], offline: [TOP + BAND / 2 - 2, 4] }[status];
  const band = make("rect", { x: at(from), width: wide(from, to), y: shape[0], height: shape[1], class: `band is-${status}` });
  if (status === "dnd") band.setAttribute("fill", "url(#stripes)");
  band.append(title(`${t(`state.${status}`)} ${moment(new Date(from), true)} – ${moment(new Date(to), true)}`));
  return band;
}

function callOf(call, at, wide, now) {
  const from = Date.parse(call.started_at);
  const group = make("g", { class: "call-mark" });
  group.dataset.kind = call.direction;
  const to = call.ended ? from + call.duration * 1000 : now;
  if (KINDS.indexOf(call.direction) < 2 && to > from) {
    group.append(make("rect", { x: at(from), width: wide(from, to), y: CALLS + MARK + 4, height: 6, rx: 2, class: "talk" }));
  }
  const mark = make("svg", { x: at(from), y: CALLS, width: MARK, height: MARK });
  const use = make("use", { href: `${assets}/icons/icons.svg#${SHAPES[call.direction]}` });
  mark.append(use);
  const moved = make("g", { transform: `translate(${-MARK / 2} 0)` });
  moved.append(mark);
  group.append(moved, title(`${t(`kind.${call.direction}`)} ${moment(new Date(from), true)} ${call.number}`));
  return group;
}

function title(text) {
  const made = make("title");
  made.textContent = text;
  return made;
}

function make(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
