// Signing in; afterwards the visitor is where he wanted to be.

import { ask } from "./api.js";

const $ = (id) => document.getElementById(id);
const form = $("sign-in");

/** The page that was asked for, if it is one of ours: an address in a link may lead anywhere. */
function wanted() {
  const next = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  // Whole: a path that begins with two slashes would be taken for another host.
  return next.origin === location.origin ? next.href : "/";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  $("error").textContent = "";
  const { name, password, code } = Object.fromEntries(new FormData(form));
  form.inert = true;
  try {
    await ask("/api/session", { method: "POST", body: code ? { name, password, code } : { name, password }, stay: true });
    location.replace(wanted());
  } catch (problem) {
    form.inert = false;
    if (problem.code === "second-factor" && $("code").hidden) {
      $("code").hidden = false;
      form.elements.code.required = true;
      form.elements.code.focus();
      return;
    }
    $("error").textContent = problem.message;
    form.elements[$("code").hidden ? "password" : "code"].select();
  }
});
