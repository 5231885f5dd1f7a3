// Choosing many units: tick all, say how many are ticked here and below each branch, search by the Enter key.

const boxesOf = (area) => [...area.querySelectorAll('input[type="checkbox"][name="units"]')];

function show(area) {
  const boxes = boxesOf(area);
  const ticked = boxes.filter((box) => box.checked);
  // Units of branches that are not shown are chosen as well.
  const hidden = Number(area.querySelector("#units")?.dataset.hidden ?? 0);
  for (const one of area.querySelectorAll("[data-select-count]")) one.textContent = ` ${ticked.length + hidden}`;
  for (const one of area.querySelectorAll("[data-chosen-below]")) {
    const path = one.dataset.chosenBelow;
    const below = ticked.filter((box) => box.dataset.path !== path && box.dataset.path.startsWith(path));
    one.textContent = below.length + Number(one.dataset.hidden);
  }
  const all = area.querySelector("[data-select-all]");
  if (!all) return;
  all.hidden = boxes.length === 0;
  all.checked = ticked.length > 0 && ticked.length === boxes.length;
  all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
}

for (const area of document.querySelectorAll("[data-select]")) {
  area.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) {
      for (const box of boxesOf(area)) box.checked = event.target.checked;
    }
    show(area);
  });
  // Choosing a branch changes what will be saved, although the request that draws it succeeds.
  let changes = false;
  area.addEventListener("click", (event) => {
    changes = /^(add|drop):/.test(event.target.closest?.("button[name=pick]")?.value ?? "");
  });
  // A list that is drawn anew stays where it was scrolled to; the focus stays by the identity of its button.
  let top = 0;
  area.addEventListener("htmx:beforeSwap", () => {
    top = area.querySelector(".rd-units")?.scrollTop ?? 0;
  });
  area.addEventListener("htmx:afterSettle", () => {
    show(area);
    const list = area.querySelector(".rd-units");
    if (list) list.scrollTop = top;
    const form = area.closest("form[data-dirty]");
    if (changes && form) form.dispatchEvent(new Event("change", { bubbles: true }));
    changes = false;
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.name !== "find") return;
    event.preventDefault();
    area.querySelector('button[name="pick"][value="find"]')?.click();
  });
  show(area);
}
