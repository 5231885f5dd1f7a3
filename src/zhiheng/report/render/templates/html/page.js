// Contents, scroll hints and downloads of the report page; everything it needs is in the page.
(() => {
  "use strict";
  const root = document.documentElement;
  const wide = matchMedia("(min-width: 1100px)");
  const disclosure = document.querySelector(".contents details");
  const banner = document.querySelector(".banner");
  const toTop = document.querySelector(".to-top");
  const links = [...document.querySelectorAll(".contents a")];
  const targets = links.map((link) => document.getElementById(link.hash.slice(1)));

  const barHeight = () => (banner ? banner.offsetHeight : 0);

  // On a phone the closed contents stay in sight below the banner.
  const headHeight = () => barHeight() + (wide.matches || !disclosure ? 0 : disclosure.firstElementChild.offsetHeight);

  function fit() {
    root.style.setProperty("--banner", `${barHeight()}px`);
    root.style.setProperty("--head", `${headHeight()}px`);
    for (const box of document.querySelectorAll("[data-scroll]")) {
      box.classList.remove("scrolls", "fits");
      const scrolls = box.scrollWidth > box.clientWidth + 1;
      box.classList.add(scrolls ? "scrolls" : "fits");
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
      const hint = box.parentElement.querySelector(":scope > [data-hint]");
      if (hint) hint.hidden = !scrolls;
    }
  }

  function markCurrent() {
    const line = headHeight() + 40;
    let current = -1;
    targets.forEach((target, index) => {
      if (target && target.getBoundingClientRect().top <= line) current = index;
    });
    links.forEach((link, index) => {
      if (index !== current) link.removeAttribute("aria-current");
      else if (!link.hasAttribute("aria-current")) {
        link.setAttribute("aria-current", "location");
        reveal(link);
      }
    });
    toTop.hidden = scrollY < innerHeight;
  }

  // Only the list of contents moves: scrollIntoView would move the page too.
  function reveal(link) {
    const pane = document.querySelector(".entries");
    const place = link.getBoundingClientRect();
    const frame = pane.getBoundingClientRect();
    if (place.top < frame.top || place.bottom > frame.bottom) {
      pane.scrollTop += place.top - frame.top - frame.height / 2;
    }
  }

  // A spreadsheet runs text that starts with one of these as a formula.
  const harmless = (text) => (/^[\s\u0000-\u001f]*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text);

  function field(cell) {
    if (cell.classList.contains("none")) return "";
    const text = cell.classList.contains("number") ? cell.textContent : harmless(cell.textContent);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function csv(figure) {
    const rows = [...figure.querySelectorAll("details table tr")];
    return `\ufeff${rows.map((row) => [...row.cells].map(field).join(",")).join("\r\n")}\r\n`;
  }

  function svg(figure) {
    const address = figure.querySelector("img.still").getAttribute("src");
    return Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (c) => c.charCodeAt(0));
  }

  const formats = {
    csv: { type: "text/csv;charset=utf-8", content: csv },
    svg: { type: "image/svg+xml", content: svg },
  };

  function download(figure, name) {
    const { type, content } = formats[name];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content(figure)], { type }));
    link.download = `${figure.dataset.file}.${name}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function settle() {
    if (disclosure) disclosure.open = wide.matches;
    fit();
    markCurrent();
  }

  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      markCurrent();
    });
  }

  for (const actions of document.querySelectorAll(".actions")) actions.hidden = false;
  for (const details of document.querySelectorAll("details.data")) details.addEventListener("toggle", fit);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-download]");
    if (button) download(button.closest("figure"), button.dataset.download);
    if (event.target.closest(".contents a") && !wide.matches) disclosure.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !wide.matches && disclosure && disclosure.open) {
      disclosure.open = false;
      disclosure.querySelector("summary").focus();
    }
  });
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", () => {
    fit();
    soon();
  });
  wide.addEventListener("change", settle);
  settle();
})();
