// The page on which an expert marks: Ctrl+Enter while writing, pages of evidence that fail to draw, narrow screens.
const form = document.getElementById("mark");

form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.ctrlKey) return;
  event.preventDefault();
  form.requestSubmit();
});

form?.querySelector("[data-focus]")?.focus();

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "viewer-1" || !matchMedia("(max-width: 1199.98px)").matches) return;
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
