// What the charts show, out of an answer of `GET /api/stats`. Pure. Moments in it carry the time zone that was asked
// for, so day, weekday and hour are read from their text: this browser's own zone does not matter.

export const DIRECTIONS = ["incoming", "outgoing", "missed", "rejected_by_dnd", "answered_elsewhere"];
export const STATUSES = ["online", "dnd", "offline"];
export const ENDS = ["answered", "missed", "lost_to_dnd"];

const dayOf = (moment) => moment.slice(0, 10);
const hourOf = (moment) => Number(moment.slice(11, 13));

/** Monday is 0. */
const weekdayOf = (moment) => (new Date(`${dayOf(moment)}T12:00:00Z`).getUTCDay() + 6) % 7;

/** For each direction 24 numbers: calls by the hour of the day, of all days together. */
export function byHourOfDay(hours) {
  const found = new Map(DIRECTIONS.map((direction) => [direction, Array(24).fill(0)]));
  for (const hour of hours) for (const [direction, counts] of found) counts[hourOf(hour.from)] += hour.calls.by_direction[direction];
  return found;
}

/** Seven rows of 24 numbers: calls by weekday and hour. */
export function heat(hours) {
  const found = Array.from({ length: 7 }, () => Array(24).fill(0));
  for (const hour of hours) found[weekdayOf(hour.from)][hourOf(hour.from)] += hour.calls.total;
  return found;
}

/** The figures by hour where the period is one day, else by day: `{isHours, steps: [{name, answered, missed, lost_to_dnd, talk_time}]}`. */
export function steps(hours) {
  const isHours = new Set(hours.map((hour) => dayOf(hour.from))).size <= 1;
  const found = new Map();
  for (const { from, calls } of hours) {
    const name = isHours ? from.slice(11, 13) : dayOf(from);
    const step = found.get(name) ?? { name, answered: 0, missed: 0, lost_to_dnd: 0, talk_time: 0 };
    for (const field of [...ENDS, "talk_time"]) step[field] += calls[field];
    found.set(name, step);
  }
  return { isHours, steps: [...found.values()] };
}

/** Seconds in each status per client, the most DND first; who spent no time in any is left out. */
export function byPerson(clients) {
  return clients.map(({ hostname, time }) => ({ name: hostname, ...time })).filter(isAny).sort(mostDnd);
}

/** The same per group; `groups` are `{name, members}`. */
export function byGroup(clients, groups) {
  const times = new Map(clients.map(({ hostname, time }) => [hostname.toLowerCase(), time]));
  return groups.map(({ name, members }) => {
    const sum = { name, online: 0, dnd: 0, offline: 0 };
    for (const member of members) for (const status of STATUSES) sum[status] += times.get(member.toLowerCase())?.[status] ?? 0;
    return sum;
  }).filter(isAny).sort(mostDnd);
}

const isAny = (one) => STATUSES.some((status) => one[status] > 0);
const mostDnd = (a, b) => b.dnd - a.dnd || b.online - a.online || (a.name < b.name ? -1 : 1);
