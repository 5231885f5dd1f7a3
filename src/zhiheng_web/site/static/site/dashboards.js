// Draws the figures from the options beside them, prints, and shows where a slider stands; it calculates no marks.

const LARGEST = 1.15;
const SMALLEST = 0.8;

function options(stage) {
  const option = JSON.parse(document.getElementById(stage.dataset.chart).textContent);
  // Tooltips of the picture library write style attributes unless they are drawn on the canvas.
  const tooltip = { trigger: "item", ...option.tooltip, confine: true, renderMode: "richText", transitionDuration: 0 };
  const fontFamily = getComputedStyle(document.body).fontFamily;
  return { ...option, animation: false, tooltip, textStyle: { ...option.textStyle, fontFamily } };
}

// A figure is laid out for a fixed width: it grows and shrinks a little, and on a phone it scrolls in its own frame.
function draw(stage) {
  const width = Number(stage.dataset.width);
  const height = Number(stage.dataset.height);
  const holder = document.createElement("div");
  stage.replaceChildren(holder);
  const fit = () => {
    const scale = Math.min(Math.max(stage.clientWidth / width, SMALLEST), LARGEST);
    holder.style.width = `${width}px`;
    holder.style.height = `${height}px`;
    holder.style.transform = `scale(${scale})`;
    stage.style.height = `${Math.ceil(height * scale)}px`;
  };
  fit();
  const chart = window.echarts.init(holder, null, { renderer: "svg", width, height });
  chart.setOption(options(stage));
  // On paper the picture takes the width of its column: see the style sheet.
  holder.querySelector("svg").setAttribute("viewBox", `0 0 ${width} ${height}`);
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
