// The stream of events of this page, one for all of its modules: a browser keeps six connections to a server at most,
// for all of its tabs together.

import { follow } from "./event_stream.js";

const listeners = new Set();
let stream = null;
let asked = "";
let begun = false;

/**
 * Hear the events of these kinds: `hear(kind, data)`. `light(state)` is told whether there is a connection. Who hears
 * only while the page is seen, costs no connection when it is not. The answer ends it.
 */
export function listen(kinds, hear, { light = () => {}, whileSeen = false } = {}) {
  const own = { kinds, hear, light, whileSeen };
  listeners.add(own);
  if (begun) start();
  return () => {
    listeners.delete(own);
    start();
  };
}

const path = () => {
  const kinds = [...new Set([...listeners].flatMap((one) => one.kinds))].sort();
  return `/api/events?${new URLSearchParams(kinds.map((kind) => ["kind", kind]))}`;
};

function start() {
  if (!stream && listeners.size) {
    asked = path();
    stream = follow(path, tell, (state) => listeners.forEach((one) => one.light(state)), {
      isWanted: () => listeners.size > 0 && !(document.hidden && [...listeners].every((one) => one.whileSeen)),
    });
  } else if (stream && asked !== path()) {
    asked = path();
    stream.anew();
  }
}

function tell(kind, data) {
  for (const one of listeners) if (kind === "snapshot" || one.kinds.includes(kind)) one.hear(kind, data);
}

// By now all modules of the page have said what they want to hear.
document.addEventListener("DOMContentLoaded", () => {
  begun = true;
  start();
});
