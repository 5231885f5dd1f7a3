// Items of a point: added, moved and removed; a field that is ticked opens its item.
import { formOf, saveSoon } from "./fill-save.js";

let made = 0;

function newKey() {
  made += 1;
  return `n${Date.now().toString(36)}x${made.toString(36)}`;
}

/** Add an item at the end of a point and return it. */
export function addRow(form) {
  const template = form.querySelector("[data-row-template]");
  const rows = form.querySelector("[data-rows]");
  const holder = document.createElement("div");
  holder.innerHTML = template.innerHTML.replaceAll("__key__", newKey());
  const row = holder.firstElementChild;
  rows.append(row);
  prepare(row);
  return row;
}

// The buttons of an item need scripts, so they are on the page once and copied to every item.
function prepare(root) {
  const tools = document.getElementById("tools");
  for (const place of root.querySelectorAll("[data-tools]:empty")) {
    place.append(tools.content.cloneNode(true));
    if (place.closest(".fill-row-fixed")) place.querySelector(".fill-row-tools").remove();
  }
}

function prepareForm(form) {
  // What is for pages without scripts becomes part of the form when htmx puts a point in.
  for (const spare of form.querySelectorAll("noscript")) spare.remove();
  prepare(form);
  for (const button of form.querySelectorAll("[data-add-row]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-add-row], [data-remove-row], [data-move], [data-remove-chip]");
  const form = formOf(button);
  if (!form) return;
  const row = button.closest("[data-row]");
  if (button.hasAttribute("data-add-row")) {
    addRow(form).querySelector(".zh-input").focus();
    choose(form);
    return;
  }
  if (button.hasAttribute("data-remove-chip")) {
    const chip = button.closest("[data-chip]");
    const next = chip.nextElementSibling?.querySelector("button") ?? row.querySelector("[data-upload]");
    chip.remove();
    next?.focus();
  } else if (button.hasAttribute("data-remove-row")) {
    const near = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (near?.querySelector?.(".zh-input") ?? form.querySelector("[data-add-row]"))?.focus();
  } else {
    move(row, Number(button.dataset.move));
    button.focus();
  }
  saveSoon(form);
});

function move(row, step) {
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (other?.matches("[data-row]")) other[step < 0 ? "before" : "after"](row);
}

// Whoever gives an item means a claim: the answer is set where there is only one way to claim.
function choose(form) {
  if (form.querySelector('input[name="choice"]:checked')) return;
  const ways = form.querySelectorAll('input[name="choice"][value^="yes"]');
  if (ways.length === 1) {
    ways[0].checked = true;
    saveSoon(form);
  }
}

document.addEventListener("change", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  if (event.target.matches('.fill-tick input')) {
    if (event.target.checked) choose(form);
    return;
  }
  if (!event.target.matches('input[name="choice"]')) return;
  if (event.target.value === "not_applicable") {
    form.querySelector(".fill-note").open = true;
    if (!form.elements.note.value.trim()) form.elements.note.focus();
  } else if (event.target.value.startsWith("yes") && !form.querySelector("[data-rows] [data-row], .fill-tick")) {
    addRow(form);
  }
});

document.addEventListener("htmx:afterSettle", () => {
  document.querySelectorAll(".fill-form").forEach(prepareForm);
});
document.querySelectorAll(".fill-form").forEach(prepareForm);
