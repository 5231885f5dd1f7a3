// Small helps at forms: the list of errors takes the focus, a filter sends itself, text is copied, pages are printed, errors have a way back,
// a table that is wider than its place can be scrolled with the keyboard.

document.querySelector("[data-focus]")?.focus();

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-autosubmit]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=date]")) form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const element = event.target.closest?.("[data-copy], [data-print]");
  if (!element) return;
  if ("print" in element.dataset) {
    window.print();
    return;
  }
  const source = document.querySelector(element.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.innerText);
  document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "success", text: element.dataset.copied } }));
});

// A way back exists only where the browser has one.
for (const button of document.querySelectorAll("[data-back]")) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}

function reachTables() {
  for (const frame of document.querySelectorAll(".zh-table-frame")) {
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  }
}
reachTables();
window.addEventListener("resize", reachTables);
document.addEventListener("htmx:afterSettle", reachTables);
