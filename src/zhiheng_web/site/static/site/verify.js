// The work page of verification: reasons that fit the decision, the list that follows, evidence that fails to draw.
import { ask } from "./confirm.js";

const frame = document.querySelector("[data-narrow-closed]");
if (frame && matchMedia("(max-width: 991.98px)").matches) frame.open = false;

// Only the reasons of the chosen decision are offered; one that stands alone is chosen. Marks count for adjustments.
function fit(form) {
  const act = form.querySelector('[name="act"]:checked')?.value ?? "";
  const select = form.querySelector("[data-reasons]");
  for (const option of select.options) {
    const fits = !option.dataset.act || option.dataset.act === act;
    option.hidden = !fits;
    option.disabled = !fits;
  }
  const fitting = [...select.options].filter((option) => option.dataset.act === act);
  if (select.selectedOptions[0]?.disabled !== false) {
    const same = fitting.find((option) => option.value === select.value);
    select.selectedIndex = (same ?? (act === "accept" ? fitting[0] : select.options[0])).index;
  }
  if (!select.value && (act === "accept" || act === "not_applicable")) select.selectedIndex = fitting[0].index;
  for (const field of form.querySelectorAll(".zv-mark input")) field.disabled = act !== "adjust";
}

function prepare() {
  const form = document.getElementById("ruling");
  if (form) fit(form);
  keepInView();
}

// The list scrolls by itself; the page stays where it is.
function keepInView() {
  const line = document.querySelector("#verify-nav [aria-current]");
  const box = line?.closest(".zv-nav-frame");
  if (!box || box.scrollHeight <= box.clientHeight) return;
  const { top, bottom } = line.getBoundingClientRect();
  const edge = box.getBoundingClientRect();
  if (top < edge.top + 40 || bottom > edge.bottom) box.scrollTop += top - edge.top - box.clientHeight / 2;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("#ruling");
  if (!form || event.target.name !== "act") return;
  fit(form);
});

// Whoever chooses, by key, label or arrow, goes on to what the decision asks for, also where it was chosen before.
document.addEventListener("click", (event) => {
  const form = event.target.closest?.("#ruling");
  if (!form || event.target.name !== "act") return;
  fit(form);
  if (event.target.value === "adjust") form.querySelector(".zv-mark input")?.focus();
  if (event.target.value === "reject") form.querySelector("[data-reasons]").focus();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#ruling");
  if (form && event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// Enter on a link or a button is for that link or button, not for the shortcut that saves; arrows scroll a sheet.
window.addEventListener(
  "keydown",
  (event) => {
    const own = event.target.closest?.("a, button, summary, select, input, textarea");
    if (event.key === "Enter" && !event.ctrlKey && own) event.stopPropagation();
    if (event.key.startsWith("Arrow") && event.target.closest?.(".zv-sheet")) event.stopPropagation();
  },
  true,
);

// Another point takes the place of this one: what was typed is asked about first.
document.addEventListener("htmx:confirm", async (event) => {
  const form = document.querySelector('#ruling[data-dirty="true"]');
  const { elt, issueRequest } = event.detail;
  if (!form || elt.getAttribute("hx-target") !== "#verify-work" || elt === form) return;
  event.preventDefault();
  if (await ask(form.dataset.leave)) issueRequest(true);
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "verify-work") return;
  prepare();
  const wrong = document.querySelector("#ruling [data-focus]");
  if (wrong) {
    wrong.focus({ preventScroll: true });
    wrong.scrollIntoView({ block: "center" });
    return;
  }
  document.querySelector("[data-point-heading]")?.focus({ preventScroll: true });
  if (frame && matchMedia("(max-width: 991.98px)").matches) frame.open = false;
  const work = event.target.getBoundingClientRect();
  if (work.top < 0) window.scrollBy({ top: work.top - 72 });
});

// On a narrow page the evidence stands below; opening it goes there.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "verify-viewer" || !matchMedia("(max-width: 1199.98px)").matches) return;
  event.target.scrollIntoView({ block: "start" });
});

document.addEventListener(
  "error",
  (event) => {
    if (!event.target.matches?.("img[data-preview]")) return;
    event.target.hidden = true;
    const note = event.target.closest(".zv-viewer")?.querySelector("[data-preview-failed]");
    if (note) note.hidden = false;
  },
  true,
);

prepare();
