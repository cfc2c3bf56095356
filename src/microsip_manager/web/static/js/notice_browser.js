// Notices outside of the page, which the browser shows if the person lets it.

/** `insecure` and `impossible` where there are none, `blocked`, `ask` before the person was asked, and `ready`. */
export function browserState() {
  if (!window.isSecureContext) return "insecure";
  if (!("Notification" in window)) return "impossible";
  return { granted: "ready", denied: "blocked" }[Notification.permission] ?? "ask";
}

/** To be called from a click: browsers do not let a page ask by itself. */
export async function allowBrowser() {
  if (browserState() === "ask") await Notification.requestPermission();
}

export function showOutside(title, body, tag, path) {
  if (browserState() !== "ready") return;
  try {
    const made = new Notification(title, { body, tag, icon: document.getElementById("favicon").href, lang: document.documentElement.lang });
    made.addEventListener("click", () => {
      window.focus();
      location.assign(path);
      made.close();
    });
  } catch {
    // Chrome on Android has them for service workers alone; the page itself has told it.
  }
}
