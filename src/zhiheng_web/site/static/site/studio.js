// Saves a paragraph when its field is left, on Ctrl+S, and gives unsaved words up on Esc.
const words = document.getElementById("studio-words")?.dataset ?? {};
const kept = new WeakMap();

const formOf = (element) => element?.closest?.(".st-form") ?? null;
const fieldOf = (form) => form?.querySelector("textarea[name=text]") ?? null;

for (const form of document.querySelectorAll(".st-form")) {
  const field = fieldOf(form);
  if (field) kept.set(form, field.value);
}

function say(form, text, bad = false) {
  const line = form.querySelector(".st-saved");
  if (!line) return;
  line.classList.toggle("st-saved-bad", bad);
  line.textContent = text;
}

function changed(form) {
  const field = fieldOf(form);
  return field && field.value !== kept.get(form);
}

function save(form) {
  if (!window.htmx || !changed(form) || form.dataset.running) return;
  window.htmx.trigger(form, "save");
}

document.addEventListener("focusout", (event) => {
  const form = formOf(event.target);
  // A button of the form sends the words itself.
  if (form && event.target.matches("textarea") && !form.contains(event.relatedTarget)) save(form);
});

document.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.isComposing || !event.target.matches("textarea")) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    save(form);
  } else if (event.key === "Escape" && changed(form)) {
    event.preventDefault();
    fieldOf(form).value = kept.get(form);
    form.dispatchEvent(new Event("saved", { bubbles: true }));
    say(form, words.back);
  }
});

document.addEventListener("submit", (event) => {
  const form = formOf(event.target);
  if (!form || !window.htmx || event.submitter?.value !== "save") return;
  event.preventDefault();
  save(form);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = formOf(event.detail.elt);
  if (!form) return;
  form.dataset.running = fieldOf(form)?.value ?? "";
  say(form, words.saving);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = formOf(event.detail.elt);
  if (!form) return;
  const sent = form.dataset.running;
  delete form.dataset.running;
  const { xhr } = event.detail;
  const login = document.querySelector('meta[name="login-path"]')?.content;
  const signedOut = login && xhr.responseURL && new URL(xhr.responseURL).pathname === login;
  if (xhr.status >= 200 && xhr.status < 300 && !signedOut) {
    kept.set(form, sent);
    say(form, words.saved);
    if (changed(form) && document.activeElement !== fieldOf(form)) save(form);
    return;
  }
  form.dataset.dirty = "true";
  let message = words.out;
  if (!signedOut) try {
    message = JSON.parse(xhr.responseText).message;
  } catch {
    message = xhr.status === 0 ? words.network : `${xhr.status}`;
  }
  say(form, words.failed + message, true);
});
