// What a page lives through, for `bench panel`. It is noted in the page itself: a question from outside would disturb it.

(() => {
  const noted = { rows: null, frames: [], long: [], keys: [], characters: 0, seen: [] };
  window.noted = noted;
  const now = () => performance.now();

  /** Forget all but when the rows came. */
  window.noteAnew = () => {
    for (const name of ["frames", "long", "keys", "seen"]) noted[name] = [];
    noted.characters = 0;
  };

  /** Once what this frame brings has been painted, at the soonest. */
  function painted(then) {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = then;
      port2.postMessage(null);
    });
  }

  let last = now();
  requestAnimationFrame(function frame() {
    noted.frames.push(now() - last);
    last = now();
    if (noted.rows === null && document.querySelector("#rows [data-key]")) noted.rows = last;
    requestAnimationFrame(frame);
  });

  new PerformanceObserver((list) => noted.long.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask" });

  let pressed = 0;
  const shownAfter = (at) => painted(() => noted.keys.push(now() - at));
  addEventListener("keydown", (event) => {
    pressed = event.timeStamp; // when the browser got it, however long the page took to hear of it
    if (event.key.startsWith("Arrow")) shownAfter(pressed);
  }, true);
  addEventListener("input", (event) => {
    noted.characters += 1;
    shownAfter(pressed || event.timeStamp); // what no key of this keyboard writes comes without one
  }, true);
  addEventListener("keyup", () => (pressed = 0), true);

  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver((changes) => {
      const told = changes.map(({ target }) => [target.dataset.key, target.dataset.state]);
      painted(() => {
        const at = (performance.timeOrigin + now()) / 1000;
        for (const [key, state] of told) noted.seen.push([key, state, at]);
      });
    }).observe(document.getElementById("rows"), { subtree: true, attributeFilter: ["data-state"] });
  });
})();
