// The bell, and how many PCs wait to be let in: on every page, for those whom it concerns.

import { ask } from "./api.js";
import { setText } from "./dom.js";
import { listen } from "./live.js";
import { allowBrowser, browserState } from "./notice_browser.js";
import { KINDS, chosen, keep } from "./notice_choice.js";
import { allowSound, play, soundState } from "./notice_sound.js";
import { watchFor } from "./notices.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const form = $("notices-form");
const ways = ["sound", "browser"];

async function countWaiting() {
  const waiting = await (await ask("/api/agents/pending")).json();
  const text = t("waiting", { count: waiting.length });
  $("waiting").hidden = waiting.length === 0;
  $("waiting").title = text;
  setText($("waiting").firstElementChild, String(waiting.length));
  setText($("waiting").lastElementChild, text);
}

function show() {
  const choice = chosen();
  for (const name of [...KINDS, ...ways]) if (form.elements[name]) form.elements[name].checked = choice[name];
  form.elements.minutes.value = choice.minutes;
  tellStates();
}

/** What each way can do in this browser at this moment, and not what is wished. */
function tellStates() {
  const [choice, sound, browser] = [chosen(), soundState(), browserState()];
  const able = { ask: true, ready: true };
  form.elements.browser.disabled = !able[browser];
  form.elements.browser.checked = choice.browser && browser === "ready";
  form.elements.sound.disabled = $("sound-try").disabled = sound === "impossible";
  setText($("sound-state"), sound === "impossible" || (sound === "click" && choice.sound) ? t(`notices.sound-${sound}`) : "");
  setText($("browser-state"), ["ready", "ask"].includes(browser) ? "" : t(`notices.browser-${browser}`));
  const isOn = KINDS.some((kind) => choice[kind]);
  const waits = isOn && choice.sound && sound === "click";
  const state = waits ? "waits" : isOn ? "on" : "off";
  $("bell").dataset.state = state;
  $("bell").title = t(`notices.bell-${state}`);
  setText($("bell").lastElementChild, t(`notices.bell-${state}`));
  $("bell").querySelector("use").setAttribute("href", `${document.body.dataset.static}/icons/icons.svg#${isOn ? "bell" : "bell-off"}`);
}

async function change(event) {
  const { name } = event.target;
  if (name === "browser" && event.target.checked) await allowBrowser();
  const choice = chosen();
  for (const one of KINDS) if (form.elements[one]) choice[one] = form.elements[one].checked;
  choice.sound = form.elements.sound.checked;
  if (name === "browser") choice.browser = event.target.checked && browserState() === "ready";
  if (form.elements.minutes.validity.valid) choice.minutes = form.elements.minutes.valueAsNumber;
  keep(choice);
  watchFor(chosen());
  if (name === "sound" && choice.sound) play();
  tellStates();
}

async function clicked() {
  if (!chosen().sound && !$("notices").open) return;
  if (soundState() !== "click") return;
  await allowSound();
  tellStates();
}

if (document.body.dataset.role === "admin") listen(["agent"], () => countWaiting().catch(() => {}), { whileSeen: true });
$("bell").addEventListener("click", () => {
  show();
  $("notices").showModal();
});
form.addEventListener("change", change);
$("sound-try").addEventListener("click", async () => {
  await allowSound();
  play();
  tellStates();
});
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, clicked, { capture: true });
addEventListener("storage", (event) => {
  if (event.key !== "notices") return;
  show();
  watchFor(chosen());
});
show();
watchFor(chosen());
