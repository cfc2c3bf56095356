// What is done with the selected clients: asked once more with its effect, sent, and shown for each as it comes.

import { ask, lines, outcome } from "./api.js";
import { el, setText, toast } from "./dom.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const NDJSON = "application/x-ndjson";
const PATHS = { dnd: "/api/clients/set_dnd", message: "/api/clients/display_message" };
const QUEUE_FOR = "8h";

export class Orders {
  /** `pool()` gives the clients among whom somebody has to be left, and what they are called. */
  constructor(pool) {
    this._pool = pool;
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
      this._send(PATHS.message, { hostnames, message: { text: given.get("text") } });
    } else {
      const body = { hostnames, enabled: this._act === "dnd-on" };
      if (body.enabled && given.get("for")) body.for = given.get("for");
      if (given.get("reason")) body.reason = given.get("reason");
      if (given.get("queue")) body.queue_for = QUEUE_FOR;
      const before = new Map(this._chosen.map((client) => [client.hostname, client.status === "dnd"]));
      this._send(PATHS.dnd, body, before);
    }
    event.target.reset();
  }

  async _send(path, body, before = null) {
    const count = body.hostnames.length;
    const list = $("results-list");
    list.replaceChildren();
    $("undo").hidden = true;
    $("results").hidden = false;
    const progress = $("results-progress");
    [progress.max, progress.value] = [count, 0];
    setText($("results-title"), t("results.working", { done: 0, count }));
    const [done, failed] = [[], []];
    try {
      for await (const line of lines(await ask(path, { method: "POST", body, accept: NDJSON }))) {
        if (!line.result) continue;
        (line.result.ok ? done : failed).push(line.result);
        progress.value += 1;
        setText($("results-title"), t("results.working", { done: progress.value, count }));
        const row = el("li", line.result.ok ? "done" : "failed", el("b", "", line.result.hostname), el("span", "", outcome(line.result.outcome)));
        if (!line.result.ok && line.result.detail) row.append(el("small", "", line.result.detail));
        line.result.ok ? list.append(row) : list.prepend(row); // what failed has to be read
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
      this._undo = () => this._send(path, { hostnames: changed, enabled: before.get(changed[0]) });
    }
  }
}
