// A button that does what cannot be undone: the first click asks, the second one means it.

import { el } from "./dom.js";
import { t } from "./words.js";

const PATIENCE = 5000;

/** Give an existing button this care. `work()` does it. */
export function makeSure(button, work) {
  const inside = [...button.childNodes];
  let timer = 0;
  const calm = () => {
    clearTimeout(timer);
    timer = 0;
    button.classList.remove("sure");
    button.replaceChildren(...inside);
  };
  button.addEventListener("click", () => {
    if (timer) {
      calm();
      return work();
    }
    button.classList.add("sure");
    button.textContent = t("sure");
    timer = setTimeout(calm, PATIENCE);
  });
  button.addEventListener("blur", calm);
  return button;
}

/** A new one, which a screen reader tells with whom it is about. */
export function sureButton(text, whom, work) {
  const button = el("button", "danger", text, el("span", "unseen", ` ${whom}`));
  button.type = "button";
  return makeSure(button, work);
}
