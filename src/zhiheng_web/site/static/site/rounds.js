// Choosing many units: tick all, tick a unit with all below it, and say how many are ticked.

for (const area of document.querySelectorAll("[data-select]")) {
  const boxes = [...area.querySelectorAll('input[type="checkbox"][name="units"]')];
  const all = area.querySelector("[data-select-all]");
  const counts = area.querySelectorAll("[data-select-count]");

  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    for (const one of counts) one.textContent = ` ${ticked}`;
    if (!all) return;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };

  if (all) {
    all.hidden = boxes.length === 0;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      show();
    });
  }
  const places = new Map(boxes.map((box, place) => [box.dataset.path, place]));
  for (const button of area.querySelectorAll("[data-select-below]")) {
    const own = button.dataset.selectBelow;
    const start = places.get(own);
    // The list is in the order of the tree: what is below a unit follows it. One without any needs no button.
    button.hidden = !boxes[start + 1]?.dataset.path.startsWith(own);
    button.addEventListener("click", () => {
      const within = boxes.slice(start).filter((box) => box.dataset.path.startsWith(own));
      const tick = within.some((box) => !box.checked);
      for (const box of within) box.checked = tick;
      area.closest("form")?.dispatchEvent(new Event("change", { bubbles: true }));
      show();
    });
  }
  area.addEventListener("change", show);
  show();
}
