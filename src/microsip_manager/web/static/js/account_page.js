// One's own account: password, second factor, and the end of all sessions.

import { ask } from "./api.js";
import { copyText } from "./clipboard.js";
import { setText, toast } from "./dom.js";
import { begin } from "./edit_sheet.js";
import { makeSure } from "./sure.js";
import { exactly, t } from "./words.js";

const $ = (id) => document.getElementById(id);

async function load() {
  const own = await (await ask("/api/session")).json();
  setText($("session"), own.ends_at ? t("account.session", { idle: exactly(new Date(own.idle_ends_at)), end: exactly(new Date(own.ends_at)) }) : "");
  setText($("factor-state"), t(own.second_factor ? "account.with-factor" : "account.no-factor"));
  $("begin").hidden = own.second_factor;
  $("confirm-form").hidden = true;
  $("remove-form").hidden = !own.second_factor;
}

/** Have a form do its work; what goes wrong stands in it. */
function submits(form, work) {
  const error = form.querySelector(".error");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    form.inert = true;
    try {
      const said = await work(Object.fromEntries(new FormData(form)));
      form.reset();
      toast(said);
      await load();
    } catch (problem) {
      error.textContent = problem.message;
    } finally {
      form.inert = false;
    }
  });
}

submits($("password-form"), async ({ password, new_password, again }) => {
  if (new_password !== again) throw new Error(t("setup.differ"));
  const session = await (await ask("/api/session/password", { method: "POST", body: { password, new_password }, stay: true })).json();
  document.body.dataset.csrf = session.csrf_token; // it is a new session
  return t("account.changed");
});
submits($("confirm-form"), async ({ code }) => {
  await ask("/api/session/totp", { method: "PUT", body: { code }, stay: true });
  return t("account.confirmed");
});
submits($("remove-form"), async ({ password }) => {
  await ask("/api/session/totp", { method: "DELETE", body: { password }, stay: true });
  return t("account.no-factor");
});
$("begin").addEventListener("click", () => begin(async () => {
  const factor = await (await ask("/api/session/totp", { method: "POST" })).json();
  $("secret").textContent = factor.secret.replace(/(.{4})(?=.)/g, "$1 ");
  $("uri").href = factor.uri;
  $("begin").hidden = true;
  $("confirm-form").hidden = false;
  $("confirm-form").elements.code.focus();
}));
$("copy").addEventListener("click", (event) => copyText($("secret").textContent.replaceAll(" ", ""), event.target));
makeSure($("everywhere"), () => begin(async () => {
  await ask("/api/session/all", { method: "DELETE" });
  location.assign("/sign-in");
}));
begin(load);
