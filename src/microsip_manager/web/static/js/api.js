// Requests to the server's own API, as the visitor.

import { knows, t } from "./words.js";

/** What went wrong, in words for the visitor; `code` is the problem's. */
export class Problem extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

/** The answer to a request; raises `Problem`. Who is not signed in is sent to do so, unless he shall `stay`. */
export async function ask(path, { method = "GET", body, accept = "application/json", signal, headers = {}, stay = false } = {}) {
  const all = { accept, ...headers };
  if (method !== "GET" && document.body.dataset.csrf) all["x-csrf-token"] = document.body.dataset.csrf;
  if (body !== undefined) all["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers: all, signal, body: body && JSON.stringify(body), cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("network", t("problem.network"));
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  if (response.status === 401 && !stay) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  throw new Problem(told.code ?? String(response.status), told.detail ?? response.statusText);
}

/** The lines of a streamed answer, each as an object, as they come. */
export async function* lines(response) {
  let rest = "";
  for await (const text of texts(response)) {
    const parts = (rest + text).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}

/** The pieces of text of an answer, as they come. */
export async function* texts(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** An outcome in words. */
export const outcome = (name) => (knows(`outcome.${name}`) ? t(`outcome.${name}`) : name);
