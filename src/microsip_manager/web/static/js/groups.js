// Groups: who is in them, and changing that.

import { ask } from "./api.js";
import { el } from "./dom.js";
import { begin, editSheet } from "./edit_sheet.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const pathOf = (name) => `/api/groups/${encodeURIComponent(name)}`;
const mayEdit = document.body.dataset.role === "admin";

let clients = [];
let groups = [];
let edited = null;
let members = new Map();

async function load() {
  [groups, clients] = await Promise.all([ask("/api/groups?members=true"), ask("/api/clients")].map(async (one) => (await one).json()));
  const status = new Map(clients.map((client) => [client.hostname.toLowerCase(), client.status]));
  $("list").replaceChildren(...groups.map((group) => tile(group, status)));
  $("nobody").hidden = groups.length > 0;
}

function tile(group, status) {
  const counts = { online: 0, dnd: 0, offline: 0 };
  for (const member of group.members) counts[status.get(member.toLowerCase()) ?? "offline"] += 1;
  const board = el("a", "", group.name);
  board.href = `/?group=${encodeURIComponent(group.name)}`;
  const figures = el("p", "figures", ...["online", "dnd", "offline"].map((name) => {
    const made = el("span", "state", `${counts[name]} ${t(`state.${name}`)}`);
    made.dataset.state = name;
    return made;
  }));
  const shown = group.members.slice(0, 12).join(", ") + (group.members.length > 12 ? "…" : "");
  const made = el("li", "tile", el("h2", "", board), el("p", "quiet", t("groups.size", { count: group.members.length })), figures, el("p", "quiet names", shown));
  if (mayEdit) {
    const button = el("button", "", t("change"));
    button.type = "button";
    button.setAttribute("aria-label", `${t("change")}: ${group.name}`);
    button.addEventListener("click", () => edit(group));
    made.append(button);
  }
  return made;
}

const open = editSheet({
  save: async (form) => {
    const name = form.elements.name.value.trim();
    await ask(pathOf(name), { method: "PUT", body: { members: [...members.values()] } });
    if (edited && edited.name.toLowerCase() !== name.toLowerCase()) await ask(pathOf(edited.name), { method: "DELETE" });
  },
  remove: () => ask(pathOf(edited.name), { method: "DELETE" }),
  done: load,
});

function edit(group) {
  edited = group;
  members = new Map((group?.members ?? []).map((name) => [name.toLowerCase(), name]));
  $("edit-form").elements.name.value = group?.name ?? "";
  $("find").value = "";
  showPeople();
  open(group ? t("groups.edit", { group: group.name }) : t("groups.new"), !group);
}

/** The members first, then whoever matches what is looked for. */
function showPeople() {
  const wanted = $("find").value.toLowerCase();
  const known = new Map(clients.map((client) => [client.hostname.toLowerCase(), client]));
  for (const [key, hostname] of members) if (!known.has(key)) known.set(key, { hostname, extension: "" });
  const found = [...known].filter(([key, client]) => !wanted || `${key} ${client.extension}`.includes(wanted));
  found.sort(([a], [b]) => members.has(b) - members.has(a) || a.localeCompare(b));
  $("people").replaceChildren(...found.slice(0, 200).map(([key, client]) => {
    const box = el("input");
    box.type = "checkbox";
    box.checked = members.has(key);
    box.addEventListener("change", () => {
      box.checked ? members.set(key, client.hostname) : members.delete(key);
      countMembers();
    });
    return el("li", "", el("label", "", box, el("span", "", client.hostname), el("span", "quiet", client.extension)));
  }));
  countMembers();
}

function countMembers() {
  $("members").textContent = t("groups.size", { count: members.size });
}

$("find").addEventListener("input", showPeople);
$("new").addEventListener("click", () => edit(null));
$("new").hidden = !mayEdit;
begin(load);
