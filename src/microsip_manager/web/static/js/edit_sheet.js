// A sheet in which one thing is made, changed or removed. It stays open, with what was typed, until the server has
// taken it.

import { toast } from "./dom.js";

const $ = (id) => document.getElementById(id);

/** `save(form)` and `remove()` do it, and raise a `Problem` that is shown; `done()` is called afterwards. */
export function editSheet({ save, remove, done }) {
  const [sheet, form, error] = [$("edit"), $("edit-form"), $("edit-error")];

  async function run(work) {
    error.textContent = "";
    form.inert = true;
    try {
      await work();
      sheet.close();
      await done();
    } catch (problem) {
      error.textContent = problem.message;
    } finally {
      form.inert = false;
    }
  }

  form.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "save") return;
    event.preventDefault();
    run(() => save(form));
  });
  let sure = false;
  $("remove").addEventListener("click", () => {
    if (sure) return run(remove);
    sure = true; // a second click means it
    $("remove").classList.add("sure");
  });

  /** Open it with a title, for something new or not. */
  return (title, isNew) => {
    sure = false;
    $("remove").classList.remove("sure");
    $("remove").hidden = isNew;
    $("edit-title").textContent = title;
    error.textContent = "";
    sheet.showModal();
  };
}

/** Run what a page begins with; what goes wrong is told. */
export async function begin(work) {
  try {
    await work();
  } catch (problem) {
    toast(problem.message, "bad");
  }
}
