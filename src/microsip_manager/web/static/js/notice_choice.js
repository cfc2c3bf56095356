// What this browser wants to be told of, and how: kept here and nowhere else. Off until somebody chooses.

const PLACE = "notices";
export const KINDS = ["offline", "registration", "missed", "dnd", "asks"];
const USUAL = { sound: false, browser: false, minutes: 60, ...Object.fromEntries(KINDS.map((kind) => [kind, false])) };
const STREAM = { offline: "client", registration: "client", dnd: "client", missed: "call", asks: "agent" };

/** The choice as it was left; whatever else stands there is not believed. */
export function chosen() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(PLACE)) ?? {};
  } catch {
    // It is no JSON: nobody has chosen anything.
  }
  const found = Object.fromEntries(Object.entries(USUAL).map(([name, usual]) => [name, typeof kept[name] === typeof usual ? kept[name] : usual]));
  found.minutes = Math.min(1440, Math.max(1, Math.round(found.minutes) || USUAL.minutes));
  return found;
}

export const keep = (choice) => localStorage.setItem(PLACE, JSON.stringify(choice));

/** The events of the stream that these notices need. */
export function streamsFor(choice, isAdmin) {
  const kinds = KINDS.filter((kind) => choice[kind] && (kind !== "asks" || isAdmin));
  return [...new Set(kinds.map((kind) => STREAM[kind]))];
}

/** Those among the news that no other tab of this browser has told. */
export function notToldElsewhere(news, now) {
  const place = `${PLACE} told`;
  let told = {};
  try {
    told = JSON.parse(localStorage.getItem(place)) ?? {};
  } catch {
    // As above.
  }
  const own = news.filter(({ key }) => !(now - told[key] < 60_000));
  const fresh = Object.fromEntries(Object.entries(told).filter(([, at]) => now - at < 60_000));
  for (const { key } of own) fresh[key] = now;
  localStorage.setItem(place, JSON.stringify(fresh));
  return own;
}
