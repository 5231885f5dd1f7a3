// Short messages at the lower edge: Django's messages, those of an HX-Trigger header, and those of other scripts.
//
// A server says:  HX-Trigger: {"toast": {"kind": "success", "text": "已保存"}}   (or a list of such objects)
// A script says:  document.dispatchEvent(new CustomEvent("toast", {detail: {kind: "error", text: "…"}}))
// Kinds: success, info, warning, error. Success and info leave after a while, the others stay until closed.

const SECONDS = { success: 5, info: 8, debug: 8 };
const region = document.getElementById("toasts");

/** Return a sentence that the page carries for scripts, in the page's language. */
export function sentence(name) {
  return region?.dataset[name] ?? "";
}

/** Show one message; `more` is a second line, `link` a pair {url, text} that opens in a new window. */
export function toast({ text, kind = "info", more = "", link = null }) {
  if (!region || !text) return;
  const item = document.createElement("div");
  item.className = "zh-toast";
  item.dataset.kind = kind;
  const body = document.createElement("div");
  for (const line of [text, more].filter(Boolean)) {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    body.append(paragraph);
  }
  if (link) {
    const anchor = document.createElement("a");
    Object.assign(anchor, { href: link.url, textContent: link.text, target: "_blank", rel: "noopener" });
    body.append(anchor);
  }
  item.append(body);
  const urgent = kind === "error" || kind === "warning";
  region.querySelector(urgent ? ".zh-toast-errors" : ".zh-toast-list").append(item);
  prepare(item);
}

function prepare(item) {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "zh-toast-close";
  close.setAttribute("aria-label", sentence("close"));
  close.textContent = "×";
  close.addEventListener("click", () => item.remove());
  item.append(close);
  const seconds = SECONDS[item.dataset.kind];
  if (seconds) leaveAfter(item, seconds * 1000);
}

// Time stands still while the message is pointed at or holds the focus.
function leaveAfter(item, milliseconds) {
  let timer = setTimeout(() => item.remove(), milliseconds);
  const hold = () => clearTimeout(timer);
  const resume = () => {
    hold();
    timer = setTimeout(() => item.remove(), milliseconds);
  };
  item.addEventListener("mouseenter", hold);
  item.addEventListener("focusin", hold);
  item.addEventListener("mouseleave", resume);
  item.addEventListener("focusout", resume);
}

document.addEventListener("toast", (event) => {
  // htmx turns a header value that is a list or a string into {value: …}.
  const detail = event.detail?.value ?? event.detail ?? {};
  for (const entry of Array.isArray(detail) ? detail : [detail]) {
    toast(typeof entry === "string" ? { text: entry } : entry);
  }
});
region?.querySelectorAll(".zh-toast").forEach(prepare);
