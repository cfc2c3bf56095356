// The tokens of programs: made, shown once, taken back.

import { ask } from "./api.js";
import { copyText } from "./clipboard.js";
import { el, toast } from "./dom.js";
import { begin, editSheet } from "./edit_sheet.js";
import { groupChoice } from "./group_choice.js";
import { fill } from "./sheet.js";
import { sureButton } from "./sure.js";
import { exactly, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const form = $("edit-form");
const DAY = 86_400_000;

let groups = null;
let made = null;

async function load() {
  groups ??= await groupChoice(form, $("groups"));
  const tokens = await (await ask("/api/tokens")).json();
  fill($("tokens"), tokens.map(row));
  $("tokens").hidden = tokens.length === 0;
  for (const button of document.querySelectorAll(".title button")) button.disabled = false; // they need the groups
  $("none").hidden = tokens.length > 0;
  if (made) show();
}

function row(token) {
  const name = el("div", "", el("b", "", token.name));
  if (token.expires_at && Date.parse(token.expires_at) <= Date.now()) name.append(" ", el("span", "badge off", t("tokens.expired")));
  const origin = el("div", "", exactly(new Date(token.created_at)), el("span", "quietly", token.created_by));
  const where = token.groups.join(", ") || (token.role === "operator" ? t("people.everywhere") : "–");
  return [
    name,
    t(`role.${token.role}`),
    where,
    origin,
    token.expires_at ? exactly(new Date(token.expires_at)) : t("tokens.days-0"),
    token.last_used_at ? exactly(new Date(token.last_used_at)) : t("tokens.never-used"),
    sureButton(t("tokens.revoke"), token.name, () => revoke(token)),
  ];
}

async function revoke(token) {
  await begin(async () => {
    await ask(`/api/tokens/${token.id}`, { method: "DELETE" });
    toast(t("tokens.revoked", { name: token.name }));
    await load();
  });
}

const open = editSheet({
  save: async () => {
    const { name, role, days } = Object.fromEntries(new FormData(form));
    const expires_at = Number(days) ? new Date(Date.now() + days * DAY).toISOString() : null;
    const body = { name: name.trim(), role, groups: groups.chosen(), expires_at };
    made = await (await ask("/api/tokens", { method: "POST", body })).json();
  },
  remove: () => {},
  done: load,
});

function show() {
  const { token, about } = made;
  const isWall = about.role === "wall";
  // Behind the # it is no part of any request, so it gets into no log.
  $("secret").textContent = isWall ? `${location.origin}/wall#${token}` : token;
  $("made-title").textContent = t(isWall ? "tokens.made-wall" : "tokens.made");
  $("made-text").textContent = t(isWall ? "tokens.how-wall" : "tokens.how", { name: about.name });
  made = null;
  $("made").showModal();
}

function begins(title, role, name = "") {
  form.reset();
  form.elements.role.value = role;
  form.elements.name.value = name;
  groups.show([]);
  open(title, true);
}

$("new")?.addEventListener("click", () => begins(t("tokens.new"), "viewer"));
$("wall")?.addEventListener("click", () => begins(t("tokens.wall"), "wall", t("page.wall")));
$("copy").addEventListener("click", (event) => copyText($("secret").textContent, event.target));
$("made").addEventListener("close", () => ($("secret").textContent = ""));
begin(load);
