// One client as a card or as a row of the table: made once, then only what differs is touched.

import { isForgotten, noRing } from "./client.js";
import { el, icon, setText } from "./dom.js";
import { duration, moment, t } from "./words.js";

const SHAPES = { online: "free", dnd: "dnd", offline: "offline", asleep: "offline", ringing: "ringing", in_call: "call", trouble: "trouble" };
export const COLUMNS = ["state", "name", "extension", "groups", "call", "registration", "since", "seen", "versions"];

/** An element that shows a client; `show` fills it, `tick` moves its times. */
export function makeCell(view) {
  const part = {};
  const make = (tag, name, ...children) => (part[name] = el(tag, name, ...children));
  const shape = icon("online");
  const use = shape.firstChild;
  const word = el("span", "word");
  const root = el("div", view === "table" ? "row" : "card");
  root.setAttribute("role", "row");
  make("div", "state", shape, word);
  make("a", "name");
  make("div", "extension");
  make("div", "groups");
  make("div", "call");
  make("div", "registration");
  make("div", "since");
  make("div", "seen");
  make("div", "versions");
  make("div", "note");
  part.name.tabIndex = -1;
  const mark = el("span", "mark");
  mark.setAttribute("aria-hidden", "true");
  if (view === "table") {
    root.append(mark, ...COLUMNS.map((name) => {
      const cell = name === "name" ? el("div", "", part.name) : part[name]; // a link cannot be a cell as well
      cell.setAttribute("role", "gridcell");
      return cell;
    }));
    part.call.append(part.note);
  } else {
    const cell = el("div", "inside", el("div", "first", part.state, part.since, mark), part.name, el("div", "about", part.extension, part.groups, part.call), part.registration, part.note);
    cell.setAttribute("role", "gridcell");
    root.append(cell);
  }
  let shown = null;

  function tick(now) {
    if (!shown) return;
    setText(part.since, duration((now - shown.sinceMs) / 1000));
    if (view === "table") {
      const silent = (now - shown.seenMs) / 1000;
      // Heartbeats are no news: of whoever is there the server tells when it no longer is.
      const here = shown.agent !== "lost" || silent < 30;
      setText(part.seen, here ? t("ago.now") : silent < 86_400 ? duration(silent) : moment(new Date(shown.seenMs)));
    }
    const note = noteOf(shown, now);
    setText(part.note, note);
    if (part.note.title !== note) part.note.title = note; // for whatever finds no room
  }

  function show(client, groups, selected, active, now) {
    root.dataset.state = client.state;
    root.setAttribute("aria-selected", String(selected));
    root.classList.toggle("active", active);
    active ? (root.id = "active") : root.removeAttribute("id"); // what the board calls its active descendant
    if (shown !== client) {
      shown = client;
      root.dataset.key = client.key;
      const href = `${use.getAttribute("href").split("#")[0]}#${SHAPES[client.state]}`;
      if (use.getAttribute("href") !== href) use.setAttribute("href", href);
      setText(word, t(`state.${client.state}`));
      setText(part.name, client.hostname);
      part.name.href = `/client/${encodeURIComponent(client.hostname)}`;
      part.name.title = client.hostname;
      setText(part.extension, client.extension);
      setText(part.call, callOf(client));
      const registration = client.phone && client.status !== "offline" ? client.phone.registration : "unknown";
      setText(part.registration, view === "table" || !["registered", "unknown"].includes(registration) ? t(`registration.${registration}`) : "");
      part.registration.dataset.registration = registration;
      setText(part.versions, [client.agent_version, client.phone?.microsip_version, client.simulated ? t("simulated") : ""].filter(Boolean).join(" / "));
      if (view === "table") part.call.append(part.note);
    }
    setText(part.groups, groups.join(", "));
    part.groups.title = part.groups.textContent;
    tick(now);
  }

  return { root, show, tick };
}

function callOf(client) {
  if (!client.calling) return "";
  const way = client.calling.direction ? t(`direction.${client.calling.direction}`) : "";
  return [way, client.calling.number].filter(Boolean).join(" ");
}

/** What a supervisor should know beside the state. */
function noteOf(client, now) {
  const wish = client.desired;
  if (wish?.queued_until && wish.state === "queued") return t("wish.queued", { time: moment(new Date(wish.queued_until)) });
  if (wish?.enabled && client.status === "dnd") {
    const text = wish.until ? t("wish.until", { time: moment(new Date(wish.until)) }) : t("wish.held");
    return wish.reason ? `${text} · ${wish.reason}` : text;
  }
  if (isForgotten(client, now)) return t("forgotten", { time: duration((now - client.inDndMs) / 1000) });
  if (client.status === "offline" || client.calling || client.status === "dnd") return "";
  return noRing(client);
}
