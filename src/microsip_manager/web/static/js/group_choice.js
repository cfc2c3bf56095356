// In which groups an operator may act: ticks, to be seen only where the role is the operator's.

import { ask } from "./api.js";
import { el } from "./dom.js";

/** Fill `fieldset` of `form` with the server's groups; the answer shows and reads them. */
export async function groupChoice(form, fieldset) {
  const names = (await (await ask("/api/groups")).json()).map(({ name }) => name);
  const look = () => (fieldset.hidden = form.elements.role.value !== "operator");
  form.addEventListener("change", look);

  return {
    /** Tick these; one that is not a group any more is shown too, so that it is not lost unseen. */
    show(chosen) {
      const all = [...new Set([...names, ...chosen])];
      fieldset.replaceChildren(fieldset.querySelector("legend"), ...all.map((name) => {
        const box = el("input");
        Object.assign(box, { type: "checkbox", name: "group", value: name, checked: chosen.includes(name) });
        return el("label", "", box, el("span", "", name));
      }));
      look();
    },
    chosen: () => (form.elements.role.value === "operator" ? new FormData(form).getAll("group") : []),
  };
}
