// What is done with the selected clients: asked once more with its effect, sent, and shown for each as it comes.

import { ask, lines, outcome } from "./api.js";
import { el, setText, toast } from "./dom.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const NDJSON = "application/x-ndjson";
const PATHS = { dnd: "/api/clients/set_dnd", message: "/api/clients/display_message" };
const QUEUE_FOR = "8h";

export class Orders {
  /**
   * `pool()` gives the clients among whom somebody has to be left, and what they are called; `shown()` those whom the
   * filters show at present.
   */
  constructor(pool, shown) {
    this._pool = pool;
    this._shown = shown;
    this._chosen = [];
    this._act = "";
    this._undo = null;
    $("order-form").addEventListener("submit", (event) => this._submit(event));
    $("results-close").addEventListener("click", () => ($("results").hidden = true));
    $("undo").addEventListener("click", () => this._undo?.());
  }

  /** Ask what exactly to do with these clients: `dnd-on`, `dnd-off` or `message`. */
  open(act, clients) {
    this._act = act;
    this._chosen = clients;
    setText($("order-title"), t(`order.${act}`, { count: clients.length }));
    $("order-dnd").hidden = act !== "dnd-on";
    $("order-reason").hidden = act === "message";
    $("order-queue").hidden = act === "message";
    $("order-text").hidden = act !== "message";
    $("order-form").elements.text.required = act === "message";
    $("order-error").textContent = "";
    setText($("order-send"), t(act === "message" ? "order.send-message" : act === "dnd-on" ? "order.send-on" : "order.send-off"));
    setText($("effect"), act === "dnd-on" ? this._effect() : "");
    const seen = new Set(this._shown().map((client) => client.key));
    const unseen = clients.filter((client) => !seen.has(client.key)).length;
    setText($("unseen"), unseen ? t("order.unseen", { count: unseen }) : "");
    $("order").showModal();
  }

  _effect() {
    const { clients, group } = this._pool();
    const free = clients.filter((client) => client.state === "online");
    const leaving = new Set(this._chosen.map((client) => client.key));
    const left = free.filter((client) => !leaving.has(client.key)).length;
    const which = group ? "-group" : "";
    $("effect").classList.toggle("nobody-left", left === 0);
    return t(`order.${left ? "effect" : "nobody-left"}${which}`, { left, count: free.length, group });
  }

  _submit(event) {
    if (event.submitter?.value !== "send") return;
    const given = new FormData(event.target);
    const hostnames = this._chosen.map((client) => client.hostname);
    if (this._act === "message") {
      this._send(PATHS.message, [{ hostnames, message: { text: given.get("text") } }]);
    } else {
      const body = { hostnames, enabled: this._act === "dnd-on" };
      if (body.enabled && given.get("for")) body.for = given.get("for");
      if (given.get("reason")) body.reason = given.get("reason");
      if (given.get("queue")) body.queue_for = QUEUE_FOR;
      const before = new Map(this._chosen.map((client) => [client.hostname, asItWas(client)]));
      this._send(PATHS.dnd, [body], before);
    }
    event.target.reset();
  }

  /** Send these orders, one after the other; what they have changed can be undone by what was `before`. */
  async _send(path, bodies, before = null) {
    const count = bodies.reduce((sum, body) => sum + body.hostnames.length, 0);
    $("results-list").replaceChildren();
    $("undo").hidden = true;
    $("results").hidden = false;
    const progress = $("results-progress");
    [progress.max, progress.value] = [count, 0];
    setText($("results-title"), t("results.working", { done: 0, count }));
    const [done, failed] = [[], []];
    try {
      for (const body of bodies) {
        for await (const line of lines(await ask(path, { method: "POST", body, accept: NDJSON }))) {
          if (!line.result) continue;
          (line.result.ok ? done : failed).push(line.result);
          progress.value += 1;
          setText($("results-title"), t("results.working", { done: progress.value, count }));
          this._list(line.result);
        }
      }
    } catch (error) {
      toast(error.message, "bad");
    }
    const parts = [t("results.done", { done: done.length, count })];
    if (failed.length) parts.push(t("results.failed", { failed: failed.length, count }));
    setText($("results-title"), parts.join(" · "));
    const changed = before && done.filter((result) => result.outcome === "applied").map((result) => result.hostname);
    if (changed?.length) {
      $("undo").hidden = false;
      this._undo = () => this._send(path, undoing(changed, before));
    }
  }

  _list(result) {
    const row = el("li", result.ok ? "done" : "failed", el("b", "", result.hostname), el("span", "", outcome(result.outcome)));
    if (!result.ok && result.detail) row.append(el("small", "", result.detail));
    result.ok ? $("results-list").append(row) : $("results-list").prepend(row); // what failed has to be read
  }
}

/** What to ask for, to have the DND of a client again as it is now: also its end and its reason, if it was a wish. */
function asItWas(client) {
  const enabled = client.status === "dnd";
  const wish = client.desired?.enabled === enabled ? client.desired : null;
  return { enabled, ...(wish?.until && { until: wish.until }), ...(wish?.reason && { reason: wish.reason }) };
}

/** The orders that bring these clients back, one for all who were alike. */
function undoing(hostnames, before) {
  const alike = new Map();
  for (const hostname of hostnames) {
    if (Date.parse(before.get(hostname).until) <= Date.now()) continue; // it would have ended by now
    const key = JSON.stringify(before.get(hostname));
    alike.set(key, [...(alike.get(key) ?? []), hostname]);
  }
  return [...alike].map(([key, some]) => ({ hostnames: some, ...JSON.parse(key) }));
}
