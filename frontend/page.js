// Small comforts for every page, with or without islands. Nothing depends on them.

import "./asking.js";

// The reader's own kind of the page's language: "24 November" and "November 24" are both English.
const language = document.documentElement.lang || "en";
const lang = navigator.languages.find((one) => one.split("-")[0] === language) ?? language;
const all = (selector) => document.querySelectorAll(selector);

// Back and forward may show a page from memory, although its session has ended since.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// <time data-local datetime=…>: "today 09:14" in the reader's own time zone, the exact time as its title.
const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat(lang, { day: "numeric", month: "long", year: "numeric" });
const exact = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "long", hourCycle: "h23" });
const nearby = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
// Days as the calendar counts them; UTC only because its days all have 24 hours.
const dayNumber = (time) => Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) / 864e5;

for (const element of all("time[data-local]")) {
  const time = new Date(element.dateTime);
  if (isNaN(time)) continue;
  const days = dayNumber(time) - dayNumber(new Date());
  const day = Math.abs(days) < 2 ? nearby.format(days, "day") : date.format(time);
  element.textContent = `${day} ${clock.format(time)}`;
  element.title = exact.format(time);
}

// <button data-copy="#id">: copies that element's text or value, shows its second wording for a while, and says the
// words of the live element <… data-copied="Copied" role="status">. Styles hide the buttons of pages without this
// mark; islands may bring new ones at any time.
if (navigator.clipboard) document.documentElement.dataset.clipboard = "";
const COPIED_MS = 2000;

addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const live = button.parentElement.querySelector("[data-copied]") ?? document.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText((source.value ?? source.innerText).trim());
    live.textContent = "";
    // Said again on a second press: a live region speaks only when its text changes.
    setTimeout(() => (live.textContent = live.dataset.copied), 50);
    button.dataset.state = "copied";
    setTimeout(() => delete button.dataset.state, COPIED_MS);
  } catch {
    getSelection().selectAllChildren(source); // Ready for Ctrl+C.
  }
});

// <button hidden data-reveal="id" aria-label="Show password" data-label="Hide password" data-words="Hide">Show</button>:
// shows what was typed into that password field, and hides it again; each press swaps its words for the others.
for (const button of all("[data-reveal]")) button.hidden = false;

addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-reveal]");
  if (!button) return;
  const field = document.getElementById(button.dataset.reveal);
  field.type = field.type === "password" ? "text" : "password";
  [button.textContent, button.dataset.words] = [button.dataset.words, button.textContent];
  const label = button.getAttribute("aria-label");
  button.setAttribute("aria-label", button.dataset.label);
  button.dataset.label = label;
});

// A second submit of the same form within 10 seconds is ignored. Islands that send a form themselves prevent the
// default, and look after their own button.
const PENDING_MS = 10_000;
const sent = new Map();

function release(form) {
  const { button, timer } = sent.get(form);
  clearTimeout(timer);
  sent.delete(form);
  button?.removeAttribute("aria-disabled");
  button?.removeAttribute("data-state");
}

addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  // By attribute: a field named "method" would shadow the property.
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (sent.has(form)) return event.preventDefault();
  // Not `disabled`: that would take the button's own name and value out of what is sent.
  button?.setAttribute("aria-disabled", "true");
  button?.setAttribute("data-state", "pending");
  // A file is fetched, and the page stays.
  sent.set(form, { button, timer: setTimeout(release, "download" in form.dataset ? 2000 : PENDING_MS, form) });
});

addEventListener("pageshow", () => [...sent.keys()].forEach(release));

// A menu closes by Escape, which gives the focus back to its button, and by a click elsewhere.
const openMenus = () => all("details.menu[open]");

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// So it does when the focus goes elsewhere, and a question too: what is behind it is dimmed.
for (const left of ["click", "focusin"]) {
  addEventListener(left, ({ target }) => {
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
    if (left === "click") return;
    for (const question of all(".dialog:popover-open")) if (!question.contains(target)) question.hidePopover();
  });
}

// <… data-saves="#id">: downloading, copying or printing what is in it ticks that box. <button data-print> prints.
addEventListener("click", (event) => {
  const pressed = event.target.closest?.("[data-saves] a, [data-saves] button");
  if (!pressed) return;
  if (pressed.matches("[data-print]")) print();
  document.querySelector(pressed.closest("[data-saves]").dataset.saves).checked = true;
});

// <select data-preview="id"> with <option data-said="…">: says in that element what the choice would do, and tells the
// server by the field `seen` that it was said.
addEventListener("change", ({ target }) => {
  if (!target.dataset?.preview) return;
  document.getElementById(target.dataset.preview).textContent = target.selectedOptions[0].dataset.said;
  target.form.elements.seen.value = target.value;
});

// Tabs of one browser agree. Each says who is signed in in it: where that was somebody else, or nobody is any more, the
// page is asked for again. `data-user` is empty on pages of nobody.
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("stepgate") : new EventTarget();
const tell = (what) => tabs.postMessage?.(what);
const user = document.querySelector(".topbar")?.dataset.user;

// The banner: from some minutes before a code is asked for it counts them down. A code that was entered in one tab,
// on a page of its own or in the dialog, is asked for in none. By the wall clock, which goes on while a laptop sleeps.
const banner = document.querySelector(".banner");
let due = Date.now() + Number(banner?.dataset.leftMs);

function countDown() {
  const left = due - Date.now();
  const minutes = Math.ceil(left / 60_000);
  const { minutes: many, minute, now, soonMs } = banner.dataset;
  const words = left <= 0 ? now : minutes === 1 ? minute : many.replace("{count}", minutes);
  const said = banner.querySelector(".banner__words span");
  banner.hidden = left > Number(soonMs);
  // It is read out when it changes: once a minute.
  if (said.textContent !== words) said.textContent = words;
}

if (banner) {
  countDown();
  setInterval(countDown, 1000);
}

tabs.addEventListener("message", ({ data }) => {
  if (user && data.user !== user) return location.reload();
  if (!banner || !(data.due > due + 1000)) return;
  due = data.due;
  countDown();
  document.querySelector(".dialog--code[open]")?.close("verified");
});

if (user !== undefined) tell({ user, due: banner ? due : undefined });

// `close` does not bubble.
addEventListener(
  "close",
  ({ target }) => {
    if (!banner || target.returnValue !== "verified") return;
    due = Math.max(due, Date.now() + Number(banner.dataset.windowMs));
    countDown();
    tell({ user, due });
  },
  true,
);
