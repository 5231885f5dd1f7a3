// Draws the figures from the options beside them, prints, and shows where a slider stands; it calculates no marks.

const LARGEST = 1.15;
const SMALLEST = 0.8;
const SECOND_LINE = 14;

// On a narrow screen the names under the bars break inside their own slot instead of running into each other.
function slotted(axis, width) {
  const given = axis.axisLabel || {};
  if (axis.type !== "category" || !axis.data || given.rotate) return axis;
  const slot = Math.floor((width - 80) / axis.data.length) - 6;
  const fontSize = Math.min(given.fontSize || 12, 11);
  const nameGap = (axis.nameGap || 0) + SECOND_LINE;
  return { ...axis, nameGap, axisLabel: { ...given, interval: 0, fontSize, width: slot, overflow: "break" } };
}

// Names that break take room from the bars, not from the legend below them.
function narrowed(option, width) {
  const given = [].concat(option.xAxis);
  const xAxis = given.map((axis) => slotted(axis, width));
  const broken = xAxis.some((axis, place) => axis !== given[place]);
  const bottom = Number.isFinite(option.grid?.bottom) ? option.grid.bottom + SECOND_LINE : null;
  return broken && bottom !== null ? { xAxis, grid: { ...option.grid, bottom } } : { xAxis };
}

function options(stage, width) {
  const option = JSON.parse(document.getElementById(stage.dataset.chart).textContent);
  // Tooltips of the picture library write style attributes unless they are drawn on the canvas.
  const tooltip = { trigger: "item", ...option.tooltip, confine: true, renderMode: "richText", transitionDuration: 0 };
  const fontFamily = getComputedStyle(document.body).fontFamily;
  const narrow = option.xAxis && width < Number(stage.dataset.width);
  const axes = narrow ? narrowed(option, width) : {};
  return { ...option, ...axes, animation: false, tooltip, textStyle: { ...option.textStyle, fontFamily } };
}

// A figure is laid out for the width there is, down to the least it can do with; then it shrinks a little, and scrolls.
function draw(stage) {
  const { width: full, minimum, height: tall } = stage.dataset;
  const height = Number(tall);
  const holder = document.createElement("div");
  stage.replaceChildren(holder);
  const chart = window.echarts.init(holder, null, { renderer: "svg", width: Number(full), height });
  let laidOut = 0;
  const fit = () => {
    const width = Math.min(Number(full), Math.max(stage.clientWidth, Number(minimum)));
    const scale = Math.min(Math.max(stage.clientWidth / width, SMALLEST), LARGEST);
    holder.style.width = `${width}px`;
    holder.style.height = `${height}px`;
    holder.style.transform = `scale(${scale})`;
    stage.style.height = `${Math.ceil(height * scale)}px`;
    if (width === laidOut) return;
    laidOut = width;
    chart.resize({ width, height });
    chart.setOption(options(stage, width), true);
    // On paper the picture takes the width of its column: see the style sheet.
    holder.querySelector("svg").setAttribute("viewBox", `0 0 ${width} ${height}`);
  };
  fit();
  new ResizeObserver(fit).observe(stage);
  window.addEventListener("beforeprint", fit);
}

function start() {
  if (window.echarts) for (const stage of document.querySelectorAll("[data-chart]")) draw(stage);
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  const trial = document.querySelector("[data-trial]");
  trial?.addEventListener("input", (event) => {
    const output = trial.querySelector(`output[for="${event.target.id}"]`);
    if (output) output.value = event.target.value;
  });
}

start();
