// Asks before an act that is hard to undo, in the page's own dialog (components/confirm_dialog.html).
//
// <form data-confirm="问题">, <button data-confirm="问题">, <a data-confirm="问题">, and hx-confirm="问题".
// Beside it: data-confirm-title, data-confirm-ok, data-confirm-tone="danger".

const dialog = document.getElementById("confirm");
const allowed = new WeakSet();

/** Ask a question; resolves to true or false. The focus returns to where it was. */
export function ask(question, { title, ok, tone } = {}) {
  if (!dialog) return Promise.resolve(false);
  const back = document.activeElement;
  const heading = dialog.querySelector("#confirm-title");
  const yes = dialog.querySelector('[data-answer="yes"]');
  const no = dialog.querySelector('[data-answer="no"]');
  heading.textContent = title || heading.dataset.default;
  dialog.querySelector("#confirm-text").textContent = question;
  yes.textContent = ok || yes.dataset.default;
  yes.classList.toggle("btn-danger", tone === "danger");
  yes.classList.toggle("btn-primary", tone !== "danger");
  dialog.returnValue = "no";
  dialog.showModal();
  (tone === "danger" ? no : yes).focus();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        back?.focus?.();
        resolve(dialog.returnValue === "yes");
      },
      { once: true },
    );
  });
}

function options(element) {
  const { confirmTitle: title, confirmOk: ok, confirmTone: tone } = element.dataset;
  return { title, ok, tone };
}

// Both listeners run before htmx and before the browser acts, so that a "no" stops everything.
document.addEventListener(
  "submit",
  async (event) => {
    const { target: form, submitter } = event;
    const holder = submitter?.dataset.confirm ? submitter : form;
    if (!holder.dataset.confirm) return;
    if (allowed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(holder.dataset.confirm, options(holder)))) return;
    allowed.add(form);
    form.requestSubmit(submitter?.isConnected ? submitter : undefined);
    allowed.delete(form);
  },
  true,
);

document.addEventListener(
  "click",
  async (event) => {
    const element = event.target.closest?.("a[data-confirm], button[data-confirm]");
    const submits = element?.tagName === "BUTTON" && element.form && element.type === "submit";
    if (!element || submits || allowed.delete(element)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(element.dataset.confirm, options(element)))) return;
    allowed.add(element);
    element.click();
  },
  true,
);

document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask(event.detail.question, options(event.detail.elt))) event.detail.issueRequest(true);
});

for (const one of document.querySelectorAll("dialog.zh-dialog")) {
  one.addEventListener("click", (event) => {
    const answer = event.target.closest("[data-answer]")?.dataset.answer;
    // A click on the dark ground is outside the dialog's content and means no.
    if (answer) one.close(answer);
    else if (event.target === one && outside(one, event)) one.close("no");
  });
  one.addEventListener("cancel", () => {
    one.returnValue = "no";
  });
}

function outside(element, { clientX, clientY }) {
  const box = element.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
