// Moves between points, leads to a field that an address names, and folds the tree on a small screen.
import { saveAll, words } from "./fill-save.js";
import { toast } from "./toast.js";

const points = () => [...document.querySelectorAll("[data-point]")];
const small = window.matchMedia("(max-width: 991.98px)");

function current() {
  const focused = document.activeElement?.closest?.("[data-point]");
  if (focused) return focused;
  const edge = window.innerHeight / 3;
  return points().filter((point) => point.getBoundingClientRect().top < edge).pop() ?? null;
}

function go(point) {
  point.scrollIntoView({ block: "start" });
  // The heading, not a field: a field would take the next key as typing.
  point.querySelector("h3")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const step = event.target.closest?.("[data-step]");
  if (step) {
    const all = points();
    const here = current();
    const place = here ? all.indexOf(here) + Number(step.dataset.step) : 0;
    if (all[place]) go(all[place]);
    else document.querySelector(place < 0 ? '[rel="prev"]' : '[rel="next"]')?.focus();
    return;
  }
  const open = event.target.closest?.("[data-next-open]");
  if (!open) return;
  const all = points();
  const here = current();
  const ahead = here ? all.slice(all.indexOf(here) + 1) : all;
  const found = ahead.find((point) => point.querySelector('.fill-gaps[data-complete="no"]'));
  if (found) {
    event.preventDefault();
    go(found);
  } else if (all.length) {
    open.search = `?next=${all[all.length - 1].dataset.point}`;
  }
}, true);

// A link to a field opens what folds it away and gives it the focus.
function lead() {
  const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!place) return;
  place.closest("details")?.setAttribute("open", "");
  const point = place.closest("[data-point]");
  const near = place.matches("input, textarea, [data-point]") ? place : place.querySelector("input:not([type=hidden]), textarea, button");
  if (place.matches("[data-point]")) go(place);
  else {
    (near?.getClientRects().length ? near : point?.querySelector("[data-add-row], h3"))?.focus({ preventScroll: true });
    (near ?? place).scrollIntoView({ block: "center" });
  }
}
window.addEventListener("hashchange", lead);
// The browser goes to the address first, which would take the focus away again.
if (document.readyState === "complete") setTimeout(lead, 50);
else window.addEventListener("load", () => setTimeout(lead, 50));

const tree = document.querySelector(".fill-tree");
if (tree && small.matches) tree.open = false;
small.addEventListener("change", () => {
  if (tree) tree.open = !small.matches;
});
const here = tree?.querySelector("[aria-current]");
if (here && !small.matches && here.offsetTop > tree.clientHeight) tree.scrollTop = here.offsetTop - tree.clientHeight / 2;

// Handing on waits until everything is saved; it asks first, so it comes after the question.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-needs-saved]") || form.dataset.saved === "yes") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const busy = document.querySelector(".fill-chip progress");
  if (!busy && (await saveAll())) {
    form.dataset.saved = "yes";
    form.submit();
  } else {
    toast({ kind: "error", text: words.wait });
  }
});
