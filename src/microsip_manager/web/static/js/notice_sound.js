// Two short tones, made here. A browser lets a page be heard only after somebody has clicked on it or pressed a key.

const TONES = [[784, 0], [1047, 0.14]];
const [LENGTH, LOUD] = [0.13, 0.18];

let context = null;

/** Whether a sound would be heard now: `ready`, `click` for what the browser waits for, or `impossible`. */
export function soundState() {
  if (!("AudioContext" in window)) return "impossible";
  return context?.state === "running" ? "ready" : "click";
}

/** To be called from a click or a key. */
export async function allowSound() {
  if (!("AudioContext" in window)) return;
  context ??= new AudioContext();
  await context.resume();
}

export function play() {
  if (soundState() !== "ready") return;
  for (const [hertz, after] of TONES) {
    const [tone, volume, start] = [context.createOscillator(), context.createGain(), context.currentTime + after];
    tone.frequency.value = hertz;
    // A tone that begins or ends at once clicks.
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(LOUD, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, start + LENGTH);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + LENGTH);
  }
}
