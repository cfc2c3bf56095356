// The wish for the DND of a client, and those that ended.

import { ask } from "./api.js";
import { el, setText, toast } from "./dom.js";
import { moment, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const SHOWN = 5;

export class WishPanel {
  constructor(path) {
    this._path = path;
    $("wish-cancel")?.addEventListener("click", () => this._cancel());
  }

  /** Show the wish that came with the client. */
  show(desired) {
    $("wished").hidden = !desired;
    if (!desired) return;
    const parts = [`${inWords(desired)}: ${t(`wish.state-${desired.state}`)}`];
    if (desired.reason) parts.push(desired.reason);
    setText($("wish"), parts.join(" · "));
    const more = [t("wish.asked", { time: moment(new Date(desired.asked_at)) })];
    if (desired.enforce) more.push(t("wish.enforced"));
    if (desired.state === "queued" && desired.queued_until) more.push(t("wish.queued", { time: moment(new Date(desired.queued_until)) }));
    if (desired.detail) more.push(desired.detail);
    setText($("wish-more"), more.join(" · "));
  }

  /** Fetch the wishes that ended. */
  async load() {
    try {
      this._showEnded((await (await ask(`${this._path}/wish`)).json()).ended);
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  async _cancel() {
    try {
      await ask(`${this._path}/wish`, { method: "DELETE" });
    } catch (error) {
      toast(error.message, "bad");
    }
    this.load();
  }

  _showEnded(ended) {
    $("ended").hidden = ended.length === 0;
    $("ended-wishes").replaceChildren(...ended.slice(0, SHOWN).map((wish) => el("li", "",
      el("b", "", inWords(wish)), ` ${t(`wish.end-${wish.ended}`)}`,
      el("small", "", [moment(new Date(wish.ended_at)), wish.reason, wish.detail].filter(Boolean).join(" · ")))));
  }
}

function inWords(wish) {
  const way = wish.enabled ? "on" : "off";
  return wish.until ? t(`wish.${way}-until`, { time: moment(new Date(wish.until)) }) : t(`wish.${way}`);
}
