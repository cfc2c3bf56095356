// Telling what happens to whoever has asked for it: on the page, by a sound, by the browser. Bursts are summed up.

import { el, toast } from "./dom.js";
import { listen } from "./live.js";
import { showOutside } from "./notice_browser.js";
import { KINDS, notToldElsewhere, streamsFor } from "./notice_choice.js";
import { play } from "./notice_sound.js";
import { NoticeWatch } from "./notice_watch.js";
import { t } from "./words.js";

const [BURST, QUIET, LOOK_EVERY] = [1500, 10_000, 15_000];
/** Milliseconds: what comes together is told together, and what goes on is summed up for longer. */

const NAMED = 5;
/** Names that stand below a sum. */

const isAdmin = document.body.dataset.role === "admin";
let leave = () => {};
let choice = null;
let watch = null;
let news = [];
let timer = 0;
let toldAt = -QUIET;
let looking = 0;

/** Tell of this from now on. What is so already is no news. */
export function watchFor(wanted) {
  const kinds = streamsFor(wanted, isAdmin);
  const before = choice ? streamsFor(choice, isAdmin) : [];
  choice = wanted;
  if (kinds.join() === before.join()) return;
  leave();
  leave = () => {};
  clearInterval(looking);
  if (!kinds.length) return;
  watch = new NoticeWatch();
  leave = listen(kinds, (kind, data) => take(watch.hear(kind, data, Date.now(), choice.minutes)));
  looking = setInterval(() => take(watch.look(Date.now(), choice.minutes)), LOOK_EVERY);
}

function take(found) {
  news.push(...found.filter(({ kind }) => choice[kind]));
  if (news.length) timer ||= setTimeout(tell, Math.max(BURST, toldAt + QUIET - performance.now()));
}

function tell() {
  timer = 0;
  toldAt = performance.now();
  const told = notToldElsewhere(news.filter(({ kind }) => choice[kind]), Date.now());
  news = [];
  for (const kind of KINDS) {
    const names = [...new Set(told.filter((one) => one.kind === kind).map(({ name }) => name))];
    if (names.length) show(kind, names);
  }
  if (told.length && choice.sound) play();
}

function show(kind, names) {
  const count = names.length;
  const title = count === 1 ? t(`notice.${kind}`, { name: names[0], minutes: choice.minutes }) : t(`notice.${kind}-many`, { count, minutes: choice.minutes });
  const body = count === 1 ? "" : names.slice(0, NAMED).join(", ") + (count > NAMED ? "…" : "");
  const path = kind === "asks" ? "/join" : count === 1 ? `/client/${encodeURIComponent(names[0])}` : "/";
  const link = el("a", "", title);
  link.href = path;
  toast(el("span", "", link, ...(body ? [el("small", "", body)] : [])), kind === "asks" ? "" : "bad");
  if (choice.browser) showOutside(title, body, `${kind} ${names.join(" ")}`, path);
}
