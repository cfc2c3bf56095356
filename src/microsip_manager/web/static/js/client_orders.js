// What can be done with one client: DND, a message, the telephone. The outcome stands below each form.

import { ask, outcome } from "./api.js";
import { setText } from "./dom.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const QUEUE_FOR = "8h";
const [LOOK_EVERY, LOOKS] = [3000, 200];
/** How often, and how many times, it is looked whether a message was answered. */

/** Make the forms work. `sent()` is called after each order. */
export function offerOrders(path, hostname, sent) {
  if (!$("dnd-form")) return; // a viewer has none
  onSubmit("dnd-form", (given, button) => {
    const body = { enabled: button.value === "on" };
    // The length, the reason and the rest say how DND goes on; off is off.
    if (body.enabled && given.get("for")) body.for = given.get("for");
    if (given.get("reason")) body.reason = given.get("reason");
    if (given.get("queue")) body.queue_for = QUEUE_FOR;
    if (given.get("enforce")) body.enforce = true;
    return { to: `${path}/set_dnd`, body, what: t(`command.set_dnd ${button.value}`) };
  }, sent);
  onSubmit("message-form", (given) => ({
    to: `${path}/display_message`,
    body: {
      text: given.get("text"),
      severity: given.get("severity"),
      buttons: given.get("buttons") === "ok" ? [t("message.ok")] : [t("message.yes"), t("message.no")],
    },
    what: t("command.display_message"),
    followUp: (answer, say) => {
      $("message-form").reset();
      followMessage(`${path}/messages/${answer.id}`, say);
    },
  }), sent);
  onSubmit("phone-form", async (given, button) => {
    const action = button.value;
    if (action === "close" && !(await reallyClose(hostname))) return null;
    const body = { action };
    const field = { dial: "number", transfer: "number", dtmf: "digits" }[action];
    if (field && !given.get(field)) {
      $("phone-form").elements[field].focus();
      return null;
    }
    if (field) body[field] = given.get(field);
    return { to: `${path}/telephone`, body, what: t(`command.telephone ${action}`) };
  }, sent);
}

function onSubmit(id, orderOf, sent) {
  const form = $(id);
  const line = form.querySelector(".outcome");
  const say = (text, went) => {
    setText(line, text);
    line.dataset.went = went;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const order = await orderOf(new FormData(form), event.submitter);
    if (!order) return;
    say(t("did", { what: order.what, outcome: t("outcome.pending") }), "pending");
    try {
      const answer = await (await ask(order.to, { method: "POST", body: order.body })).json();
      say(t("did", { what: order.what, outcome: outcome(answer.outcome) }), "good");
      order.followUp?.(answer, say);
    } catch (error) {
      const words = outcome(error.code);
      say(t("did", { what: order.what, outcome: words === error.code ? error.message : `${words}. ${error.message}` }), "bad");
    }
    sent();
  });
}

/** Look what becomes of a message until the user has answered it. */
async function followMessage(path, say) {
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((wake) => setTimeout(wake, LOOK_EVERY));
    if (document.hidden) continue;
    try {
      const report = await (await ask(path)).json();
      say(t(`message.state-${report.state}`, { button: report.button ?? "" }), report.state === "not_shown" ? "bad" : "good");
      if (!["queued", "shown"].includes(report.state)) return;
    } catch {
      return; // the PC is gone, and what was last known of the message stays
    }
  }
}

function reallyClose(hostname) {
  const dialog = $("close-it");
  setText($("close-title"), t("phone.close-title", { hostname }));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "close"), { once: true }));
}
