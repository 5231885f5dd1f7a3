// Draws each figure from the option beside it; until then, and in print, the picture of the same option stands there.
(() => {
  "use strict";
  const GROWTH = 1.2;

  // On a narrow screen the names under the bars break inside their own slot instead of running into each other.
  function slotted(axis, width) {
    const given = axis.axisLabel || {};
    if (axis.type !== "category" || !axis.data || given.rotate) return axis;
    const slot = Math.floor((width - 80) / axis.data.length) - 6;
    const fontSize = Math.min(given.fontSize || 12, 11);
    const formatter = given.formatter || ((name) => String(name).replaceAll("\n", ""));
    return { ...axis, axisLabel: { ...given, formatter, interval: 0, fontSize, width: slot, overflow: "break" } };
  }

  function options(figure, stage) {
    const option = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const given = [].concat(option.tooltip || {})[0];
    const tooltip = { trigger: "item", ...given, confine: true, renderMode: "richText", transitionDuration: 0 };
    if (typeof tooltip.formatter === "string") tooltip.formatter = tooltip.formatter.replace(/<br\s*\/?>/g, "\n");
    const fontFamily = getComputedStyle(document.body).fontFamily;
    if (option.xAxis && stage.clientWidth < Number(stage.dataset.width)) {
      option.xAxis = [].concat(option.xAxis).map((axis) => slotted(axis, stage.clientWidth));
    }
    return { ...option, animation: false, tooltip, textStyle: { ...option.textStyle, fontFamily } };
  }

  function size(stage) {
    const drawn = Number(stage.dataset.width);
    const width = stage.clientWidth;
    const scale = Math.min(Math.max(width / drawn, 1), GROWTH);
    return { width, height: Math.round(Number(stage.dataset.height) * scale) };
  }

  function draw(figure) {
    const stage = figure.querySelector(".stage");
    const holder = stage.querySelector(".chart");
    figure.classList.add("live");
    const chart = echarts.init(holder, null, { renderer: "canvas", ...size(stage) });
    try {
      chart.setOption(options(figure, stage));
    } catch (error) {
      console.error(figure.id, error);
      chart.dispose();
      figure.classList.remove("live");
      return;
    }
    new ResizeObserver(() => {
      const next = size(stage);
      if (!next.width || (next.width === chart.getWidth() && next.height === chart.getHeight())) return;
      chart.resize(next);
      chart.setOption(options(figure, stage));
    }).observe(stage);
  }

  // A report holds some twenty figures: each is drawn when the reader comes near it.
  const near = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        near.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "800px 0px" },
  );
  for (const figure of document.querySelectorAll("figure")) near.observe(figure);
})();
