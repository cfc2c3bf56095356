// A day of one client: in which status it was, when. Pure: moments are milliseconds.

const MOST_PAGES = 20;
/** Pages of a thousand changes; beyond, a status flaps so much that a picture tells nothing. */

/** Midnight to midnight of a day written `2026-03-02`, by the clock of this browser. */
export function boundsOf(day) {
  const [year, month, date] = day.split("-").map(Number);
  return [new Date(year, month - 1, date).getTime(), new Date(year, month - 1, date + 1).getTime()];
}

/** The day as `2026-03-02`, `shift` days later. */
export function dayOf(date, shift = 0) {
  const moved = new Date(date.getFullYear(), date.getMonth(), date.getDate() + shift);
  const two = (number) => String(number).padStart(2, "0");
  return `${moved.getFullYear()}-${two(moved.getMonth() + 1)}-${two(moved.getDate())}`;
}

/** `{status, from, to}` one after another. `standing` is the status when the day began, null when not heard of. */
export function bandsOf(changes, standing, start, end) {
  const bands = [];
  let [status, from] = [standing, start];
  for (const change of changes) {
    const at = Math.min(Math.max(Date.parse(change.at), start), end);
    if (at > from) bands.push({ status, from, to: at });
    [status, from] = [change.after, Math.max(at, from)];
  }
  if (end > from) bands.push({ status, from, to: end });
  return bands.filter((band) => band.status !== null);
}

/** Milliseconds in each status, in the order online, dnd, offline. */
export function sumsOf(bands) {
  const sums = new Map([["online", 0], ["dnd", 0], ["offline", 0]]);
  for (const { status, from, to } of bands) sums.set(status, sums.get(status) + to - from);
  return sums;
}

/** All rows of a paged answer, page by page along its `Link`; `get(path)` answers a response. */
export async function allPages(path, get) {
  const found = [];
  for (let page = 0; path && page < MOST_PAGES; page += 1) {
    const response = await get(path);
    found.push(...(await response.json()));
    path = nextOf(response);
  }
  return found;
}

/** Where the next page of an answer is; empty when there is none. */
export function nextOf(response) {
  return /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1] ?? "";
}
