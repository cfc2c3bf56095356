// Elements out of plain descriptions. Texts are always texts: what comes from the network cannot become markup.

const SVG = "http://www.w3.org/2000/svg";
const assets = document.body.dataset.static;

/** An element of this tag and these classes, with texts or elements in it. */
export function el(tag, classes = "", ...children) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  made.append(...children);
  return made;
}

/** A shape of ours, for the eye only. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${assets}/icons/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Set a text only where it differs: what is not touched costs no layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A short notice, a text or an element, that goes by itself. */
export function toast(what, kind = "") {
  const made = el("p", `toast ${kind}`, what);
  document.getElementById("toasts").append(made);
  setTimeout(() => made.remove(), 8000);
}
