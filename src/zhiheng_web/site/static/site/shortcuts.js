// Keyboard shortcuts from attributes: data-key="n", "g b" (one after the other), "Control+s"; data-key-label names it.
//
// A link or button is pressed, a field gets the focus. Single keys rest while somebody types or a dialog is open, and
// those that the control with the focus uses itself stay its own, such as the arrows of a radio button; keys with
// Control or Alt work in fields too. "?" lists what the page offers and can switch single keys off.

const STORE = "zhiheng-shortcuts";
const PAUSE = 1200;
const SIGNS = { Control: "Ctrl", Meta: "⌘", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", " ": "␣" };
const NO_TEXT = /^(radio|checkbox|button|submit|reset|image|file|color)$/;
const dialog = document.getElementById("shortcuts");
const toggle = document.getElementById("shortcuts-on");
let pending = "";
let timer = 0;

function enabled() {
  return localStorage.getItem(STORE) !== "off";
}

function typing(element) {
  if (element.tagName === "INPUT") return !NO_TEXT.test(element.type);
  return element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName);
}

function uses(element, key) {
  if (key.startsWith("Arrow")) return element.type === "radio";
  return /^(Enter| )$/.test(key) && element.matches?.("a[href], button, summary, input");
}

function pressed(event) {
  const parts = [event.ctrlKey && "Control", event.metaKey && "Meta", event.altKey && "Alt"].filter(Boolean);
  // Shift is part of a character such as "?", but has to be said beside Enter or an arrow.
  if (event.shiftKey && event.key.length > 1) parts.push("Shift");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return [...parts, key].join("+");
}

function visible(element) {
  return element.getClientRects().length > 0 && !element.disabled && element.getAttribute("aria-disabled") !== "true";
}

function offered() {
  return [...document.querySelectorAll("[data-key]")].filter(visible);
}

function act(element) {
  if (typing(element)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function find(keys) {
  return offered().find((element) => element.dataset.key.toLowerCase() === keys.toLowerCase());
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || !event.key || document.querySelector("dialog[open]")) return;
  const keys = pressed(event);
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (plain && uses(event.target, event.key)) return;
  if (plain && (typing(event.target) || !enabled())) {
    if (keys !== "?" || typing(event.target)) return;
  }
  clearTimeout(timer);
  const sequence = pending ? `${pending} ${keys}` : keys;
  const element = find(sequence) ?? find(keys);
  pending = "";
  if (element) {
    event.preventDefault();
    act(element);
  } else if (keys === "?") {
    event.preventDefault();
    showHelp();
  } else if (offered().some((one) => one.dataset.key.toLowerCase().startsWith(`${keys.toLowerCase()} `))) {
    pending = keys;
    timer = setTimeout(() => {
      pending = "";
    }, PAUSE);
  }
});

function label(element) {
  const name = element.dataset.keyLabel || element.getAttribute("aria-label") || element.placeholder;
  return name || element.textContent.trim().replace(/\s+/g, " ");
}

function row(keys, text) {
  const line = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  for (const key of keys.split(" ")) {
    const box = document.createElement("kbd");
    box.textContent = key
      .split("+")
      .map((part) => SIGNS[part] ?? part)
      .join("+");
    head.append(box, " ");
  }
  const cell = document.createElement("td");
  cell.textContent = text;
  line.append(head, cell);
  return line;
}

function showHelp() {
  const seen = new Map(offered().map((element) => [element.dataset.key, label(element)]));
  const rows = [...seen].map(([keys, text]) => row(keys, text));
  dialog.querySelector("tbody").replaceChildren(...rows, row("?", dialog.dataset.help));
  toggle.checked = enabled();
  const back = document.activeElement;
  dialog.addEventListener("close", () => back?.focus?.(), { once: true });
  dialog.showModal();
}

toggle?.addEventListener("change", () => localStorage.setItem(STORE, toggle.checked ? "on" : "off"));
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-shortcuts-help]")) showHelp();
});
