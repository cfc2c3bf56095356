// What every page has: language, colours, the sheet of keys.

import { ask } from "./api.js";
import { setText } from "./dom.js";
import { t } from "./words.js";

const root = document.documentElement;

function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

document.getElementById("language").addEventListener("change", (event) => {
  remember("language", event.target.value);
  location.reload();
});

document.getElementById("theme").addEventListener("change", (event) => {
  remember("theme", event.target.value);
  root.dataset.theme = event.target.value;
});

const help = document.getElementById("help-sheet");
document.getElementById("help").addEventListener("click", () => help.showModal());
document.addEventListener("keydown", (event) => {
  if (event.key === "?" && !isTyping(event)) help.showModal();
});

// No button that submits: Enter in a field would press it, for it stands before the one that does the work.
document.addEventListener("click", (event) => event.target.closest("[data-close]")?.closest("dialog").close());

document.getElementById("leave")?.addEventListener("click", async () => {
  await ask("/api/session", { method: "DELETE", stay: true }).catch(() => {});
  location.assign("/sign-in");
});

/** Whether a key belongs to a field and not to the page. */
export function isTyping(event) {
  return event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, dialog[open]") !== null;
}

/** The light on top of a page that is kept live: `connecting`, `live` or `lost`. */
export function showConnection(state) {
  const light = document.getElementById("connection");
  light.hidden = false;
  light.dataset.state = state;
  setText(light.lastElementChild, t(`connection.${state}`));
}
