// The charts of the statistics. Texts go to a canvas, tooltips too: nothing becomes markup.

import * as echarts from "../vendor/echarts/echarts.esm.min.mjs";
import { t } from "./words.js";

const COLOURS = {
  incoming: "--online", outgoing: "--call", missed: "--trouble", rejected_by_dnd: "--dnd", answered_elsewhere: "--offline",
  answered: "--online", lost_to_dnd: "--dnd", talk_time: "--call", online: "--online", dnd: "--dnd", offline: "--offline",
};
// Patterns beside the colours, for whoever cannot tell them apart.
const PATTERNS = {
  missed: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
  rejected_by_dnd: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 3], rotation: Math.PI / 4 },
  answered_elsewhere: { symbol: "circle", symbolSize: 0.6, dashArrayX: [[8, 8], [0, 8, 8, 0]], dashArrayY: [6, 0] },
  outgoing: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1, 6] },
};
PATTERNS.lost_to_dnd = PATTERNS.dnd = PATTERNS.rejected_by_dnd;
PATTERNS.offline = PATTERNS.answered_elsewhere;

const drawn = new Map();
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) if (drawn.has(target) && target.clientWidth) show(target);
});

/** Draw what `optionOf(ink, width)` describes into an element, and again when its size or the colours change. */
export function draw(element, optionOf) {
  const chart = drawn.get(element)?.chart ?? echarts.init(element, null, { renderer: "canvas" });
  drawn.set(element, { chart, optionOf });
  sizes.observe(element);
  show(element);
}

function show(element) {
  const { chart, optionOf } = drawn.get(element);
  chart.resize();
  chart.setOption(whole(optionOf, element.clientWidth), true);
}

function redraw() {
  for (const element of drawn.keys()) if (element.clientWidth) show(element);
}

new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

function whole(optionOf, width) {
  const style = getComputedStyle(document.documentElement);
  const ink = (name) => style.getPropertyValue(name).trim();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !still,
    animationDuration: 250,
    textStyle: { fontFamily: style.fontFamily, color: ink("--text"), fontSize: 13 },
    ...optionOf(ink, width),
  };
}

const [LINE, LETTER, SIGN] = [28, 9, 50];
/** Pixels: a line of the legend, a letter in it, and the sign beside a word with its distances. */

const legend = (ink) => ({ top: 0, left: 0, itemWidth: 22, itemHeight: 14, itemGap: 14, textStyle: { color: ink("--text") } });

/** How much room the legend takes, which a chart does not find out by itself. */
function below(parts, width) {
  let [lines, used] = [1, 0];
  for (const [, label] of parts) {
    const wide = label.length * LETTER + SIGN;
    if (used && used + wide > width) [lines, used] = [lines + 1, 0];
    used += wide;
  }
  return lines * LINE + 14;
}

const names = (ink, data, more = {}) => ({ type: "category", data, axisLine: { lineStyle: { color: ink("--line") } }, axisTick: { show: false }, axisLabel: { color: ink("--quiet"), hideOverlap: true }, ...more });
const amounts = (ink, more = {}) => ({ type: "value", splitLine: { lineStyle: { color: ink("--line") } }, axisLabel: { color: ink("--quiet") }, ...more });

function series(ink, key, label, data, stack) {
  const decal = PATTERNS[key] && { ...PATTERNS[key], color: ink("--paper") };
  return {
    // Of nothing there is no bar, not even its border.
    type: "bar", name: label, data: data.map((number) => number || null), stack, barMaxWidth: 34,
    itemStyle: { color: ink(COLOURS[key]), borderColor: ink("--paper"), borderWidth: 0.5, ...(decal ? { decal } : {}) },
  };
}

/** Stacked columns; `parts` are `[key, label, numbers]`. */
export function columns(labels, parts, { format = String, axis = format } = {}) {
  return (ink, width) => ({
    legend: parts.length > 1 ? legend(ink) : undefined,
    grid: { left: 8, right: 16, top: parts.length > 1 ? below(parts, width) : 16, bottom: 8, containLabel: true },
    xAxis: names(ink, labels),
    yAxis: amounts(ink, { minInterval: axis === format ? 1 : undefined, axisLabel: { color: ink("--quiet"), formatter: axis } }),
    tooltip: { ...tooltipOf(ink), valueFormatter: (value) => format(value ?? 0) },
    series: parts.map(([key, label, numbers]) => series(ink, key, label, numbers, "all")),
  });
}

const NAME = 112;
/** Pixels for a name beside its bar. */

/** Lying bars of shares of a whole; `rows` are `{name, …}` with a number for each key. */
export function shares(rows, parts, format) {
  return (ink, width) => {
    const sums = rows.map((row) => parts.reduce((sum, [key]) => sum + row[key], 0));
    return {
      legend: legend(ink),
      grid: { left: NAME + 12, right: 28, top: below(parts, width), bottom: 28 },
      xAxis: amounts(ink, { max: 100, axisLabel: { color: ink("--quiet"), formatter: "{value} %", hideOverlap: true } }),
      yAxis: names(ink, rows.map((row) => row.name), { inverse: true, axisLabel: { color: ink("--text"), width: NAME, overflow: "truncate", interval: 0 } }),
      tooltip: { ...tooltipOf(ink), formatter: (found) => [rows[found[0].dataIndex].name, ...found.map((one) => `${one.seriesName}: ${format(rows[one.dataIndex][parts[one.seriesIndex][0]])}`)].join("\n") },
      series: parts.map(([key, label]) => series(ink, key, label, rows.map((row, at) => (row[key] / sums[at]) * 100), "all")),
    };
  };
}

const NARROW = 480;
/** Pixels below which 24 hours beside each other leave no room for their numbers. */

/** Whether the heat map stands upright in this width: hours from top to bottom. */
export const isUpright = (width) => width < NARROW;

/** Weekday by hour; the number stands in each cell, so that no colour has to be read. */
export function heatMap(days, hours, cells) {
  return (ink, width) => {
    const most = Math.max(1, ...cells.flat());
    const upright = isUpright(width);
    return {
      grid: { left: 8, right: 8, top: upright ? 24 : 8, bottom: 8, containLabel: true },
      xAxis: names(ink, upright ? days : hours, { position: upright ? "top" : "bottom" }),
      yAxis: names(ink, upright ? hours : days, { inverse: true }),
      visualMap: { show: false, min: 0, max: most, inRange: { color: [ink("--paper"), ink("--call")] } },
      tooltip: { ...tooltipOf(ink), trigger: "item", axisPointer: undefined, formatter: ({ data: { told: [day, hour, number] } }) => `${days[day]}, ${hours[hour]}: ${t("day.calls", { count: number })}` },
      series: [{
        type: "heatmap",
        data: cells.flatMap((row, day) => row.map((number, hour) => ({
          value: upright ? [day, hour, number] : [hour, day, number],
          told: [day, hour, number],
          label: { show: number > 0, formatter: String(number), color: readable(ink, number / most) },
        }))),
        label: { show: true, fontSize: !upright && width < 26 * hours.length ? 9 : 11 },
        labelLayout: { hideOverlap: true },
        itemStyle: { borderColor: ink("--line"), borderWidth: 1 },
      }],
    };
  };
}

/** Which of both inks is easier to read on a cell so full. */
function readable(ink, share) {
  const { lerp, lum } = echarts.color;
  const ground = lum(lerp(share, [ink("--paper"), ink("--call")]), 0);
  const [usual, other] = [ink("--text"), ink("--on-accent")];
  return Math.abs(lum(usual, 0) - ground) >= Math.abs(lum(other, 0) - ground) ? usual : other;
}

const tooltipOf = (ink) => ({
  renderMode: "richText", trigger: "axis", axisPointer: { type: "shadow" }, confine: true,
  backgroundColor: ink("--paper"), borderColor: ink("--line"), textStyle: { color: ink("--text"), fontSize: 13 },
});
