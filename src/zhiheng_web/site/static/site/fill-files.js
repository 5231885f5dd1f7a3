// Evidence at an item: chosen, dropped or pasted, sent one after the other with its progress, or taken from the library.
import { csrfToken } from "./csrf.js";
import { addRow } from "./fill-rows.js";
import { formOf, saveSoon, words } from "./fill-save.js";
import { toast } from "./toast.js";

const template = document.getElementById("chip");
const library = document.getElementById("library");
const queue = [];
let sending = false;
let over = null;
let last = null;
let picking = null;

function rowAt(element) {
  return element?.closest?.("[data-row]") ?? null;
}

/** Return the item that files belong to: the one pointed at, else the first of the point, which is made if need be. */
function rowFor(element) {
  const row = rowAt(element);
  if (row) return row;
  const form = element?.closest?.("[data-point]")?.querySelector(".fill-form");
  if (!form) return null;
  const ticked = form.querySelector(".fill-row-fixed:has(:checked)");
  return form.querySelector("[data-rows] [data-row]") ?? ticked ?? addRow(form);
}

function send(row, files) {
  const form = formOf(row);
  const tick = row.querySelector(".fill-tick input");
  if (tick && !tick.checked) tick.click();
  const yes = form.querySelectorAll('input[name="choice"][value^="yes"]');
  if (!form.querySelector('input[name="choice"]:checked') && yes.length === 1) yes[0].checked = true;
  for (const file of files) {
    const chip = waiting(file);
    row.querySelector("[data-chips]").append(chip);
    const refusal = refused(file);
    if (refusal) fail(chip, file, refusal, null);
    else queue.push({ row, file, chip });
  }
  next();
}

function refused(file) {
  if (!file.size) return words.empty;
  return file.size > Number(words.max) ? words.tooLarge : "";
}

function waiting(file) {
  const chip = document.createElement("li");
  chip.className = "fill-chip";
  const name = document.createElement("span");
  name.className = "fill-chip-name";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `${words.uploading} ${file.name}`);
  const text = document.createElement("span");
  text.className = "zh-muted";
  chip.append(name, bar, text);
  return chip;
}

function next() {
  if (sending || !queue.length) return;
  sending = true;
  const { row, file, chip } = queue.shift();
  const body = new FormData();
  body.append("file", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", words.upload);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.upload.addEventListener("progress", (event) => show(chip, event));
  request.addEventListener("loadend", () => {
    sending = false;
    finish(request, row, file, chip);
    next();
  });
  request.send(body);
}

function show(chip, { loaded, total }) {
  const bar = chip.querySelector("progress");
  if (!bar || !total) return;
  bar.value = loaded / total;
  chip.lastChild.textContent = loaded < total ? `${Math.floor((100 * loaded) / total)}%` : words.checking;
}

function finish(request, row, file, chip) {
  let answer = null;
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    answer = null;
  }
  if (request.status === 201 && answer?.pk) {
    chip.remove();
    attach(row, answer);
  } else {
    const why = answer?.message ?? (request.status === 413 ? words.tooLarge : request.status ? words.failed : words.network);
    fail(chip, file, why, answer?.code ? null : row);
  }
}

function fail(chip, file, why, row) {
  const text = document.createElement("span");
  text.setAttribute("role", "alert");
  text.textContent = `${file.name}　${words.notUploaded}${why}`;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "fill-chip-remove";
  close.textContent = "×";
  close.setAttribute("aria-label", document.getElementById("toasts").dataset.close);
  close.addEventListener("click", () => chip.remove());
  chip.classList.add("fill-chip-bad");
  chip.replaceChildren(text, close);
  // A line that failed may work again; a file that was refused will not.
  if (row) window.addEventListener("online", () => chip.isConnected && (chip.remove(), send(row, [file])), { once: true });
}

/** Put a file that the site has at an item, and save the point. */
function attach(row, { pk, name, kind, href }) {
  if (!row.isConnected) {
    toast({ kind: "info", text: `${name}　${words.stored}` });
    return;
  }
  if (row.querySelector(`[data-chip="${pk}"]`)) {
    toast({ kind: "info", text: words.there });
    return;
  }
  const chip = template.content.firstElementChild.cloneNode(true);
  const { row: key } = row.dataset;
  chip.dataset.chip = pk;
  const hidden = chip.querySelector('input[type="hidden"]');
  hidden.name = `file.${key}`;
  hidden.value = pk;
  const link = chip.querySelector("a");
  Object.assign(link, { textContent: name, href, title: kind });
  chip.querySelector(".fill-pages input").name = `pages.${key}.${pk}`;
  row.querySelector("[data-chips]").append(chip);
  saveSoon(formOf(row));
}

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches?.("[data-upload]")) return;
  send(rowAt(input), [...input.files]);
  input.value = "";
});

// Dropping a file beside an item must not make the browser leave the page.
function carriesFiles(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

function mark(row) {
  if (over === row) return;
  over?.classList.remove("fill-over");
  over = row;
  over?.classList.add("fill-over");
}

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event) || !template) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = event.target.closest("[data-point]") ? "copy" : "none";
  mark(rowAt(event.target));
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) mark(null);
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event) || !template) return;
  event.preventDefault();
  mark(null);
  const row = rowFor(event.target);
  if (row) send(row, [...event.dataTransfer.files]);
});

document.addEventListener("focusin", (event) => {
  last = rowAt(event.target) ?? last;
});
document.addEventListener("pointerover", (event) => {
  if (!document.activeElement?.closest?.("[data-row]")) last = rowAt(event.target) ?? last;
});
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  // Text copied from a table brings a picture of itself along; into a field goes the text.
  const text = event.clipboardData?.types.includes("text/plain");
  if (!files.length || !template || (text && event.target.matches?.("input, textarea"))) return;
  const row = rowFor(event.target) ?? (last?.isConnected ? last : null);
  if (!row) return;
  event.preventDefault();
  send(row, files.map(named));
});

/** Give a picture from the clipboard a name by which it can be told apart. */
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return new File([file], `${words.screenshot}-${day}-${time}.${file.name.split(".").pop()}`, { type: file.type });
}

document.addEventListener("click", (event) => {
  const open = event.target.closest?.("[data-library]");
  if (open && library) {
    picking = rowAt(open);
    window.htmx.ajax("GET", library.dataset.url, { target: "#library-body", swap: "innerHTML" });
    library.showModal();
    library.addEventListener("close", () => open.focus(), { once: true });
  }
  const pick = event.target.closest?.("[data-pick]");
  if (pick && picking) {
    attach(picking, { pk: pick.dataset.pick, name: pick.dataset.name, kind: pick.dataset.kind, href: pick.dataset.href });
    library.close();
  }
});

window.addEventListener("beforeunload", (event) => {
  if (sending || queue.length) event.preventDefault();
});
