// The settings of the MicroSIP on a PC, read when somebody asks for them. Secrets do not leave the PC.

import { ask, outcome } from "./api.js";
import { el, setText } from "./dom.js";
import { table } from "./sheet.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);

export function offerSettings(path, read) {
  const form = $("settings-form");
  if (!form) return; // a viewer may not ask a PC
  const filter = $("settings-filter");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setText($("settings-outcome"), t("outcome.pending"));
    try {
      const section = new FormData(form).get("section");
      const answer = await (await ask(`${path}/get_setting`, { method: "POST", body: { section } })).json();
      setText($("settings-outcome"), "");
      $("settings").replaceChildren(...[answer, ...(answer.others ?? [])].flatMap(shown));
      filter.hidden = false;
      narrow(filter.querySelector("input").value);
    } catch (error) {
      const words = outcome(error.code);
      setText($("settings-outcome"), words === error.code ? error.message : `${words}. ${error.message}`);
    }
    read();
  });
  filter.addEventListener("input", (event) => narrow(event.target.value));
}

function narrow(text) {
  const wanted = text.trim().toLowerCase();
  for (const row of $("settings").querySelectorAll("tbody tr")) row.hidden = !row.textContent.toLowerCase().includes(wanted);
}

function shown(ini) {
  const rows = Object.entries(ini.settings).map(([name, setting]) => [el("code", "", name), value(setting), meaning(setting)]);
  const place = el("div", "scrolls", table([t("column.setting"), t("column.value"), t("column.meaning")], rows, ini.ini));
  place.tabIndex = 0;
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", ini.ini);
  const more = ini.more ? [el("p", "quietly", t("settings.more", { count: ini.more }))] : [];
  return [el("h3", "", ini.ini), place, ...more];
}

function value(setting) {
  if (setting.secret) return el("i", "", t("settings.secret"));
  const text = setting.present ? (setting.value ?? "") : (setting.default ?? null);
  if (text === null) return el("i", "", t("settings.unset"));
  const words = text === "" ? t("settings.empty") : text;
  return setting.present ? el(text === "" ? "i" : "b", "", words) : el("span", "", t("settings.default", { value: words }));
}

function meaning(setting) {
  const made = el("span", "", [setting.meaning, setting.detail].filter(Boolean).join(" "));
  made.lang = "en"; // the agent says it in English
  return made;
}
