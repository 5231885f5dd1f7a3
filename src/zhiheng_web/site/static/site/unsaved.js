// Warns before a page with unsaved changes is left. A form takes part by the attribute data-dirty.
//
// The value says the state: "" is clean, "true" is changed. Sending the form, or a request of htmx from inside it that
// succeeds, makes it clean again; a script that saved by itself dispatches the event "saved" on the form.

const versions = new WeakMap();
const sent = new WeakMap();

function formOf(element) {
  return element?.closest?.("form[data-dirty]") ?? null;
}

function changed(event) {
  const form = formOf(event.target);
  if (!form || event.target.closest("[data-dirty-ignore]")) return;
  form.dataset.dirty = "true";
  versions.set(form, (versions.get(form) ?? 0) + 1);
}

function clean(form) {
  if (form) form.dataset.dirty = "";
}

document.addEventListener("input", changed);
document.addEventListener("change", changed);
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) clean(formOf(event.target));
});
document.addEventListener("saved", (event) => clean(formOf(event.target)));

// What was typed while a request was on its way is not saved by that request.
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = formOf(event.detail.elt);
  if (form && event.detail.requestConfig.verb !== "get") sent.set(event.detail.xhr, versions.get(form));
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = formOf(event.detail.elt);
  const { xhr, successful } = event.detail;
  if (form && successful && sent.has(xhr) && sent.get(xhr) === versions.get(form)) clean(form);
});

window.addEventListener("beforeunload", (event) => {
  if (document.querySelector('form[data-dirty="true"]')) event.preventDefault();
});
