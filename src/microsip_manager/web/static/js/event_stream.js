// The server's stream of events. Unlike `EventSource` it notices a connection that has silently died, as after sleep:
// the server lets something be heard every 15 seconds, be it a comment.

import { ask, texts } from "./api.js";

const SILENCE = 35_000;
const [SOONEST, LATEST] = [500, 15_000];

/**
 * Follow what `path()` says for ever. `hear(kind, data)` gets each event, `light(state)` whether there is a connection:
 * `refused` for who is not let in any more. `also` are headers to send beside; with `stay` such a one is not sent to
 * sign in. There is a connection while `isWanted()`, which is looked at when the page is hidden or shown. `anew()` of
 * the answer begins once more, with a snapshot.
 */
export function follow(path, hear, light, { also = {}, stay = false, isWanted = () => true } = {}) {
  let lastId = "";
  let pause = SOONEST;
  let abort = null;
  let hurry = false;
  let wake = () => {};

  async function once() {
    abort = new AbortController();
    let watch = setTimeout(() => abort.abort(), SILENCE);
    try {
      const headers = lastId ? { ...also, "last-event-id": lastId } : also;
      const response = await ask(path(), { accept: "text/event-stream", signal: abort.signal, headers, stay });
      light("live");
      pause = SOONEST;
      const cut = cutter();
      for await (const text of texts(response)) {
        clearTimeout(watch);
        watch = setTimeout(() => abort.abort(), SILENCE);
        for (const frame of cut(text)) take(frame);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  function take(frame) {
    let [kind, data, id] = ["", "", ""];
    for (const line of frame.split("\n")) {
      if (line.startsWith("event: ")) kind = line.slice(7);
      else if (line.startsWith("data: ")) data = line.slice(6);
      else if (line.startsWith("id: ")) id = line.slice(4);
    }
    if (kind) hear(kind, JSON.parse(data));
    if (id) lastId = id; // only now: an event that could not be taken is asked for again
  }

  async function keep() {
    for (;;) {
      while (!isWanted()) await new Promise((done) => (wake = done));
      hurry = false;
      try {
        await once();
      } catch (error) {
        if (error.code === "not-signed-in") return light("refused");
      }
      if (hurry || !isWanted()) continue;
      light("lost");
      await new Promise((done) => {
        wake = done;
        const timer = setTimeout(done, pause * (0.75 + Math.random() / 2));
        addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
      });
      pause = Math.min(pause * 2, LATEST);
    }
  }

  light("connecting");
  keep();
  // A page that was asleep comes back with a connection that may be dead; a new one costs next to nothing.
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hiddenAt = Date.now();
      if (!isWanted()) abort?.abort();
    } else {
      if (Date.now() - hiddenAt > SILENCE) abort?.abort();
      wake();
    }
  });
  return {
    anew() {
      lastId = "";
      hurry = true;
      abort?.abort();
      wake();
    },
  };
}

/**
 * Cuts a text at its empty lines while it comes: the answer takes a piece, and gives the frames that are whole with it.
 * The snapshot of ten thousand clients is one frame in hundreds of pieces, none of which is looked through twice.
 */
export function cutter() {
  let kept = [];
  return (piece) => {
    if (piece.startsWith("\n") && kept.at(-1)?.endsWith("\n")) piece = kept.pop() + piece; // an empty line in two halves
    const frames = piece.split("\n\n");
    const rest = frames.pop();
    if (frames.length) {
      frames[0] = kept.join("") + frames[0];
      kept = [];
    }
    if (rest) kept.push(rest);
    return frames;
  };
}
