// Asks for a code over the page, which keeps what was typed into it. The server has written the dialog, with its
// sentences, into every page of somebody who is in, as a template: it is part of the page only while it asks. Forms
// inside of `data-asking` are posted from here, and the wizard's island calls `askForCode`.

const template = document.getElementById("code-dialog");
const words = JSON.parse(template?.dataset.words ?? "{}");

let dialog;
let form;
let why;
let asked;

/** Whether there was a right code. Whoever asks while the dialog is open waits for the same. */
function askForCode(reason) {
  asked ??= new Promise((resolve) => {
    const before = document.activeElement;
    dialog = template.content.querySelector("dialog").cloneNode(true);
    form = dialog.querySelector("form");
    document.body.append(dialog);
    begin(reason);
    dialog.addEventListener("close", () => {
      asked = undefined;
      resolve(dialog.returnValue === "verified");
      dialog.remove();
      // A question that was open has closed meanwhile, and the menu it was asked from.
      const closed = before?.closest("[popover]:not(:popover-open)");
      const asker = closed ? document.querySelector(`[popovertarget="${closed.id}"]`) : before;
      (asker?.closest("details:not([open])")?.querySelector("summary") ?? asker)?.focus();
    });
    dialog.showModal();
  });
  return asked;
}
globalThis.askForCode = async (reason) => template !== null && askForCode(reason);

/** Says why, and posts to the door where that is judged. */
function begin(reason) {
  why = reason;
  dialog.querySelector("#code-dialog-why").textContent = words[why];
  form.setAttribute("action", why === "verify_mfa" ? form.dataset.due : form.dataset.renewal);
}

function sayWrong(sentence) {
  const [wrong, field] = [dialog.querySelector(".field__error"), form.elements.code];
  wrong.hidden = false;
  wrong.querySelector("span").textContent = sentence;
  field.ariaInvalid = "true";
  field.focus();
}

/** What a refused code is told: its kind, and the wait in seconds or minutes if there is one. */
function sentenceOf(rule) {
  const [kind, told = {}] = typeof rule === "string" ? [rule] : Object.entries(rule)[0];
  const seconds = told.seconds ?? told.wait_seconds ?? 0;
  const unit = seconds === 0 ? "" : seconds > 90 ? "-minutes" : "-seconds";
  return words[kind + unit].replace("{count}", seconds > 90 ? Math.ceil(seconds / 60) : seconds);
}

/** Posts a form as the browser would, and reads the answer: what it says, or what was in the way. */
async function post(form, accept) {
  const body = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      headers: { accept },
      body,
      redirect: "error",
    });
    return answer.ok ? { said: await answer.json() } : { problem: await answer.json() };
  } catch {
    return { problem: "unreachable" };
  }
}

/** While a form is on its way its button says so, and it is not sent twice. */
async function once(form, button, send) {
  if (form.ariaBusy) return;
  form.ariaBusy = "true";
  button?.setAttribute("data-state", "pending");
  if (await send()) return;
  form.ariaBusy = null;
  button?.removeAttribute("data-state");
}

async function sendCode() {
  let { said, problem } = await post(form, "application/json");
  // It has elapsed while the dialog was open: the same code, at the other door.
  if (problem?.gate === "verify_mfa" && why !== "verify_mfa") {
    begin("verify_mfa");
    ({ said, problem } = await post(form, "application/json"));
  }
  // `already_fresh`: another tab was quicker.
  if (said !== undefined || problem.gate === "already_fresh") {
    dialog.close("verified");
  } else if (problem.rule) {
    form.reset();
    sayWrong(sentenceOf(problem.rule));
  } else if (problem.gate || problem === "malformed") {
    location.reload(); // The session is over, or another: the page's door knows where to.
  } else {
    sayWrong(words.unavailable);
  }
}

/** Sends a form, and after a right code once more; goes where it leads. Says whether the page is being left. */
async function sendForm(form) {
  const send = () => post(form, "application/vnd.stepgate.move+json");
  let { said, problem } = await send();
  if (problem?.gate === "verify_mfa" || problem?.gate === "step_up") {
    if (!(await askForCode(problem.gate))) return false;
    ({ said, problem } = await send());
  }
  if (problem === "unavailable" || problem === "unreachable" || problem === "malformed") {
    form.closest("[popover]")?.hidePopover();
    const notice = document.getElementById("unavailable");
    notice.hidden = false;
    notice.focus();
    return false;
  }
  if (said?.leave) location.assign(said.leave.to);
  else location.reload();
  return true;
}

addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (target === form) {
    event.preventDefault();
    once(form, submitter, sendCode);
  } else if (template && target.closest("[data-asking]") && target.matches("[method=post]:not([data-download])")) {
    event.preventDefault();
    once(target, submitter, () => sendForm(target));
  }
});

addEventListener("click", (event) => {
  if (event.target.closest?.(".dialog--code [data-close]")) dialog.close();
  // The banner's link leads to a page of its own; this page may be half filled in.
  if (template && event.target.closest?.("[data-renew]")) {
    event.preventDefault();
    askForCode("renewal");
  }
});
