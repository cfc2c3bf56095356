// What the page says, in the language it came in.

const words = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang;
/** The language as the visitor's country writes it: 4:12 PM in one, 16:12 in another. */
export const locale = navigator.languages.find((one) => one.split("-")[0] === language) ?? language;
const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(locale);

/** The text of this key with its `{names}` filled in; `count` chooses among plural forms. */
export function t(key, values = {}) {
  let text = words[key];
  if (text === undefined) return key;
  if (typeof text === "object") text = text[plural.select(values.count)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? numbers.format(values[name]) : values[name]));
}

/** Whether there is a text of this key. */
export const knows = (key) => key in words;

const hasNoons = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions().hour12;
const clock = new Intl.DateTimeFormat(locale, { hour: hasNoons ? "numeric" : "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "short" });

const exact = new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "medium" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });

/** A moment for people: the time, and the day when it is another one and not `dayIsKnown`. */
export function moment(date, dayIsKnown = false) {
  return dayIsKnown || date.toDateString() === new Date().toDateString() ? clock.format(date) : full.format(date);
}

/** A moment with its day and its second. */
export const exactly = (date) => exact.format(date);

const hourOnly = new Intl.DateTimeFormat(locale, { hour: "numeric" });

/** An hour of the day, as short as it can be. */
export const hourOf = (date) => hourOnly.format(date);

/** A day in words. */
export const dayInWords = (date) => weekday.format(date);

/** How long in words: 12 min, 3 h 5 min. */
export function inWords(seconds) {
  const minutes = Math.round(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return hours ? t("length.hours", { hours, minutes: rest }) : t("length.minutes", { minutes });
}

/** A duration as it stands on a clock: 0:07, 12:30, 3:05:00. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
