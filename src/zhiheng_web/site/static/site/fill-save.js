// Saves each point soon after a change, says how it stands, and loses nothing when a save is refused or fails.
const words = document.getElementById("fill-words")?.dataset ?? {};
const live = document.getElementById("fill-live");
const loginPath = document.querySelector('meta[name="login-path"]')?.content;
const AFTER_TYPING = 900;
const AFTER_CHOICE = 60;
const RETRIES = [4000, 10000, 30000, 60000];
const timers = new WeakMap();
const failures = new WeakMap();
const running = new WeakMap();
const edits = new WeakMap();
const sent = new WeakMap();

/** The form of a point, or null. */
export function formOf(element) {
  return element?.closest?.(".fill-form") ?? null;
}

function unsaved(form) {
  return form.dataset.dirty === "true" || running.get(form) > 0;
}

/** The forms that hold something the server does not have yet. */
export function unsavedForms() {
  return [...document.querySelectorAll(".fill-form")].filter(unsaved);
}

// While an answer of somebody else stands beside, the person decides which of the two is kept.
function contested(form) {
  return Boolean(form.querySelector("[data-overwrite]"));
}

/** Save a point after a while; a later call starts the while anew. */
export function saveSoon(form, wait = AFTER_CHOICE) {
  if (!form) return;
  edits.set(form, (edits.get(form) ?? 0) + 1);
  form.dataset.dirty = "true";
  if (contested(form)) return;
  say(form, words.changed, "");
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => saveNow(form), wait));
}

// Signing in again, in another window, changes the token; the cookie has the present one.
function renewToken(form) {
  const start = `${words.csrfCookie}=`;
  const token = document.cookie.split("; ").find((one) => one.startsWith(start))?.slice(start.length);
  if (!token) return;
  document.querySelector('meta[name="csrf-token"]').content = token;
  form.elements.csrfmiddlewaretoken.value = token;
}

/** Save a point at once. */
export function saveNow(form) {
  clearTimeout(timers.get(form));
  renewToken(form);
  // A request of htmx that waits for another reads the fields when its turn comes.
  window.htmx.trigger(form, "save");
}

function stateOf(form) {
  return form.querySelector(".fill-state");
}

function say(form, text, kind) {
  const line = document.createElement("span");
  line.className = kind;
  line.textContent = text;
  stateOf(form)?.replaceChildren(line);
  if (live) {
    const number = form.closest("[data-point]").dataset.point;
    live.classList.toggle("fill-live-bad", kind === "fill-state-bad");
    live.textContent = text ? `${number} ${text}` : "";
  }
}

document.addEventListener("input", (event) => {
  const form = formOf(event.target);
  if (!form || event.isComposing || event.target.closest("[data-dirty-ignore]")) return;
  saveSoon(form, event.target.matches("[type=radio], [type=checkbox]") ? AFTER_CHOICE : AFTER_TYPING);
});
// A syllable that is being composed is not text yet.
document.addEventListener("compositionend", (event) => saveSoon(formOf(event.target), AFTER_TYPING));
document.addEventListener("change", (event) => {
  const form = formOf(event.target);
  if (!form || event.target.closest("[data-dirty-ignore]")) return;
  // Leaving a field whose text was sent already is no new change.
  if (sent.get(form) !== edits.get(form)) saveSoon(form);
  else if (form.dataset.dirty === "true" && !running.get(form)) form.dataset.dirty = form.querySelector(".fill-state-bad") ? "true" : "";
});

document.addEventListener("submit", (event) => {
  const form = formOf(event.target);
  // Without htmx the form is sent as on a page without scripts.
  if (!form || !window.htmx || event.submitter?.hasAttribute("data-copy-previous")) return;
  event.preventDefault();
  saveNow(form);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = formOf(event.detail.elt);
  if (!form || event.detail.requestConfig.verb === "get") return;
  running.set(form, (running.get(form) ?? 0) + 1);
  sent.set(form, edits.get(form));
  clearTimeout(timers.get(form));
  say(form, words.saving, "");
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = formOf(event.detail.elt);
  const { xhr, requestConfig } = event.detail;
  if (!form || requestConfig.verb === "get") return;
  running.set(form, Math.max(0, (running.get(form) ?? 1) - 1));
  const signedOut = loginPath && xhr.responseURL && new URL(xhr.responseURL).pathname === loginPath;
  if (xhr.status >= 200 && xhr.status < 300 && !signedOut) {
    failures.delete(form);
    showFaults(form, []);
    announce(form);
    if (sent.get(form) !== edits.get(form)) saveSoon(form, AFTER_TYPING);
    else if (!running.get(form)) form.dataset.dirty = "";
    return;
  }
  form.dataset.dirty = "true";
  if (xhr.status === 422) {
    announce(form);
  } else if (signedOut || xhr.status === 401 || xhr.status === 403) {
    say(form, words.notSaved + words.signedOut, "fill-state-bad");
    retry(form);
  } else if (xhr.status === 0) {
    say(form, words.notSaved + words.network, "fill-state-bad");
    retry(form);
  } else {
    say(form, words.notSaved + (message(xhr) || words.failed), "fill-state-bad");
    if (xhr.status >= 500 || xhr.status === 429) retry(form);
  }
});

function message(xhr) {
  try {
    return JSON.parse(xhr.responseText).message;
  } catch {
    return "";
  }
}

// The server has put its sentence beside the point; people who cannot see it hear it.
function announce(form) {
  if (!live) return;
  const text = stateOf(form)?.textContent.trim() ?? "";
  live.textContent = text ? `${form.closest("[data-point]").dataset.point} ${text}` : "";
  live.classList.toggle("fill-live-bad", Boolean(form.querySelector(".fill-state-bad")));
}

function retry(form) {
  const count = failures.get(form) ?? 0;
  failures.set(form, count + 1);
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => form.isConnected && saveNow(form), RETRIES[Math.min(count, RETRIES.length - 1)]));
}

window.addEventListener("online", () => unsavedForms().forEach(saveNow));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") unsavedForms().forEach(saveNow);
});

// Faults stand at their fields: the header names point, row and field.
document.addEventListener("faults", (event) => {
  const { point, faults } = event.detail;
  const form = document.querySelector(`[data-point="${point}"] .fill-form`);
  if (form) showFaults(form, faults);
});

function showFaults(form, faults) {
  for (const slot of form.querySelectorAll("[data-fault]")) slot.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const { key, field, text } of faults) {
    const place = key ? form.querySelector(`[data-row="${key}"]`) : form;
    const name = !key && (field === "stance" || field === "mark") ? "choice" : field;
    const slot = place?.querySelector(`[data-fault="${name}"]`) ?? form.querySelector('[data-fault="items"]');
    if (slot) slot.textContent = text;
    const input = place?.querySelector(`[aria-describedby~="${slot?.id}"]`);
    if (input && slot?.id) input.setAttribute("aria-invalid", "true");
    if (name === "note") form.querySelector(".fill-note").open = true;
  }
}

// An answer that somebody else changed: the person may insist on his own.
document.addEventListener("click", (event) => {
  const insist = event.target.closest?.("[data-overwrite]");
  if (insist) {
    const form = formOf(insist);
    form.elements.version.value = insist.dataset.overwrite;
    saveNow(form);
  }
  if (event.target.closest?.("[data-save-now]")) unsavedForms().forEach(saveNow);
  if (event.target.closest?.("[data-take-theirs]")) formOf(event.target).dataset.dirty = "";
});
for (const button of document.querySelectorAll("[data-save-now]")) button.hidden = false;

/** Save everything; resolves to whether all of it is kept. */
export async function saveAll() {
  unsavedForms().forEach(saveNow);
  for (let waited = 0; waited < 12000; waited += 100) {
    if (!unsavedForms().length) return true;
    if (unsavedForms().every((form) => !running.get(form) && form.querySelector(".fill-state-bad"))) return false;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  return false;
}

// A link inside the site waits for what is not saved yet; what cannot be saved keeps the page.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || link.target || link.hasAttribute("download")) return;
  const address = new URL(link.href, location.href);
  const inside = address.pathname === location.pathname && address.search === location.search && address.hash;
  if (address.origin !== location.origin || inside || !unsavedForms().length) return;
  event.preventDefault();
  if (await saveAll()) location.assign(link.href);
});

export { words };
