// The agents that wait to be let in: listed, and let in or refused once the code was compared.

import { ask } from "./api.js";
import { el, setText } from "./dom.js";
import { fill } from "./sheet.js";
import { exactly, moment, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const form = $("decide-form");
let decided = null;

/** Show all that wait now; `done(agent)` is told of one that was let in. */
export async function showPending() {
  const waiting = await (await ask("/api/agents/pending")).json();
  const had = document.activeElement?.dataset?.focus;
  fill($("pending"), waiting.map(row));
  $("pending").hidden = waiting.length === 0;
  setText($("no-pending"), waiting.length ? "" : t("join.nobody"));
  if (had) document.querySelector(`[data-focus="${CSS.escape(had)}"]`)?.focus(); // the keyboard stays where it was
}

function row(agent) {
  const since = el("time", "", moment(new Date(agent.asked_at)));
  since.dateTime = agent.asked_at;
  since.title = exactly(new Date(agent.asked_at));
  const pc = el("div", "", el("b", "", agent.hostname), agent.session_user ? el("span", "quietly", agent.session_user) : "");
  return [el("code", "code", agent.code), pc, agent.address, since, el("div", "line", button("approve", agent), button("refuse", agent))];
}

function button(act, agent) {
  const made = el("button", act === "refuse" ? "danger" : "", t(`join.${act}`), el("span", "unseen", ` ${agent.hostname}, ${agent.code}`));
  made.type = "button";
  made.dataset.focus = `${act} ${agent.id}`;
  made.addEventListener("click", () => open(act, agent));
  return made;
}

function open(act, agent) {
  decided = { act, agent };
  setText($("decide-title"), t(`join.${act}-title`, { hostname: agent.hostname }));
  setText($("decide-text"), t(`join.${act}-text`));
  setText($("decide-code"), agent.code);
  const facts = [["column.pc", agent.hostname], ["join.user", agent.session_user], ["column.address", agent.address], ["column.asked", exactly(new Date(agent.asked_at))]];
  $("decide-facts").replaceChildren(...facts.filter(([, value]) => value).map(([key, value]) => el("div", "", el("dt", "", t(key)), el("dd", "", value))));
  setText($("decide-yes"), t(`join.${act}`));
  form.querySelector(".error").textContent = "";
  $("decide").showModal();
}

/** Let the sheet do its work; `done(act, agent)` is called once the server has taken it. */
export function offerDecisions(done) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { act, agent } = decided;
    form.inert = true;
    try {
      const answer = await (await ask(`/api/agents/pending/${agent.id}/${act}`, { method: "POST" })).json();
      $("decide").close();
      done(act, answer);
    } catch (problem) {
      form.querySelector(".error").textContent = problem.message;
    } finally {
      form.inert = false;
    }
  });
}
