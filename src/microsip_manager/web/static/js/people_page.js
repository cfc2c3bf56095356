// The people who may sign in, and what each of them may do.

import { ask } from "./api.js";
import { el } from "./dom.js";
import { begin, editSheet } from "./edit_sheet.js";
import { groupChoice } from "./group_choice.js";
import { fill } from "./sheet.js";
import { exactly, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const form = $("edit-form");
const pathOf = (name) => `/api/users/${encodeURIComponent(name)}`;

let edited = null;
let groups = null;

async function load() {
  groups ??= await groupChoice(form, $("groups"));
  const users = await (await ask("/api/users")).json();
  fill($("users"), users.map(row));
  $("users").hidden = users.length === 0;
  for (const button of document.querySelectorAll(".title button")) button.disabled = false; // they need the groups
  $("none").hidden = users.length > 0;
}

function row(user) {
  const button = el("button", "", t("change"), el("span", "unseen", ` ${user.name}`));
  button.type = "button";
  button.addEventListener("click", () => edit(user));
  const name = el("div", "", el("b", "", user.name));
  if (user.disabled) name.append(" ", el("span", "badge off", t("people.disabled")));
  const where = user.groups.join(", ") || (user.role === "operator" ? t("people.everywhere") : "–");
  return [name, t(`role.${user.role}`), where, t(user.second_factor ? "people.has-factor" : "people.no-factor"), exactly(new Date(user.created_at)), button];
}

const open = editSheet({
  save: async () => {
    const { name, role, password } = Object.fromEntries(new FormData(form));
    const wish = { role, groups: groups.chosen(), ...(password && { password }) };
    if (!edited) return ask("/api/users", { method: "POST", body: { ...wish, name: name.trim() } });
    const { disabled, without_factor } = form.elements;
    // Only what differs: disabling anew, or an equal role, would end sessions or be told as changes.
    if (disabled.checked !== edited.disabled) wish.disabled = disabled.checked;
    if (without_factor.checked) wish.reset_second_factor = true;
    return ask(pathOf(edited.name), { method: "PATCH", body: wish });
  },
  remove: () => ask(pathOf(edited.name), { method: "DELETE" }),
  done: load,
});

function edit(user) {
  edited = user;
  form.reset();
  form.elements.name.value = user?.name ?? "";
  $("name-field").hidden = form.elements.name.disabled = Boolean(user);
  form.elements.role.value = user?.role ?? "viewer";
  groups.show(user?.groups ?? []);
  form.elements.password.required = !user;
  $("password-title").textContent = t(user ? "people.other-password" : "setup.password");
  $("only-old").hidden = !user;
  form.elements.disabled.checked = user?.disabled ?? false;
  $("reset-field").hidden = !user?.second_factor;
  open(user ? user.name : t("people.new"), !user);
}

$("new")?.addEventListener("click", () => edit(null));
begin(load);
