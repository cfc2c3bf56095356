// The first administrator of a new server, and what the first PC joins with.

import { ask } from "./api.js";
import { copyText } from "./clipboard.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const form = $("setup");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, password, again } = Object.fromEntries(new FormData(form));
  if (password !== again) {
    $("error").textContent = t("setup.differ");
    return form.elements.again.select();
  }
  $("error").textContent = "";
  form.inert = true;
  try {
    const made = await (await ask("/api/setup", { method: "POST", body: { name, password }, stay: true })).json();
    await ask("/api/session", { method: "POST", body: { name, password }, stay: true });
    if (!made.join_token) return location.replace("/");
    $("token").textContent = made.join_token;
    form.hidden = true;
    $("done").hidden = false;
    $("done").querySelector("h1").focus();
  } catch (problem) {
    $("error").textContent = problem.message;
    form.inert = false;
  }
});

$("copy").addEventListener("click", (event) => copyText($("token").textContent, event.target));
