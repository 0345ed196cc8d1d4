// What the widgets share: two functions, a panel, controls and a plot. aigc_lib/widgets.py puts this
// file before each widget, so that one notebook output is complete without any other file.

export const BLUE = "#0072b2";
export const ORANGE = "#d55e00";
export const GREEN = "#009e73";
const INK = "#1a1a1a";

const STYLE = `
  :host { display: block; }
  .panel { background: white; color: ${INK}; border: 1px solid #8a8a8a; border-radius: 0.25rem;
    padding: 0.75rem; font: 1rem/1.4 system-ui, sans-serif; max-width: 44rem; }
  .panel > p:first-child { margin: 0 0 0.5rem; font-weight: 600; }
  .row { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; }
  .row + .row { margin-top: 0.5rem; }
  .views { align-items: flex-start; margin: 0.5rem 0; }
  label { display: flex; flex: 1 1 14rem; gap: 0.5rem; align-items: center; min-width: 0; }
  label > span { flex: 0 0 auto; }
  input[type="range"] { flex: 1 1 6rem; min-width: 4rem; accent-color: ${BLUE}; height: 1.75rem; }
  output { flex: 0 0 3.5rem; text-align: right; font-variant-numeric: tabular-nums; }
  button, select { font: inherit; color: inherit; background: #f2f2f2; border: 1px solid #767676;
    border-radius: 0.25rem; padding: 0.25rem 0.75rem; min-height: 2rem; }
  select { flex: 0 1 auto; min-width: 0; }
  button:disabled { color: #6b6b6b; }
  :focus-visible { outline: 3px solid ${ORANGE}; outline-offset: 2px; }
  canvas { display: block; max-width: 100%; }
  table { border-collapse: collapse; margin: 0.5rem 0 0; }
  th, td { padding: 0.1rem 1rem 0.1rem 0; text-align: left; font-weight: normal; }
  td { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
`;

/** σ(a) = 1 / (1 + e⁻ᵃ), from a logit to a probability. */
export const sigmoid = (a) => 1 / (1 + Math.exp(-a));

/** log(1 + eᵃ), finite for every finite a. Its derivative is σ(a). */
export const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));

/** Mount a widget in each place that waits for it; a picture that stands there gives way. */
export function start(key, mount, data) {
  for (const place of document.querySelectorAll(`[data-widget="${key}"]:not([data-live])`)) {
    const host = document.createElement("div");
    host.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves the arrow keys to the sliders
    place.append(host);
    try {
      mount(panel(host), data);
    } catch (error) {
      host.remove(); // the picture stays
      throw error;
    }
    place.dataset.live = "";
    for (const picture of place.querySelectorAll("img")) picture.hidden = true;
  }
}

/** The panel: in a shadow tree, so that no page's style changes it. */
function panel(host) {
  const shadow = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = STYLE;
  shadow.append(style);
  return add(shadow, "div", { className: "panel" });
}

/** Append a new element with properties (and, under `attributes`, attributes). */
export function add(parent, tag, { attributes = {}, ...properties } = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

/** A labelled slider that shows its value. Calls `changed()`; read and set `.value`, a number. */
export function slider(parent, name, { min, max, step, value, digits = 2 }, changed) {
  const label = add(parent, "label");
  add(label, "span", { textContent: name });
  // A name without the value, which the slider tells by itself, and no announcement at each step.
  const attributes = { "aria-label": name };
  const input = add(label, "input", { type: "range", min, max, step, attributes });
  const shown = add(label, "output", { attributes: { "aria-live": "off" } });
  const show = () => (shown.value = format(input.valueAsNumber, digits));
  input.addEventListener("input", () => (show(), changed()));
  const control = {
    get value() { return input.valueAsNumber; },
    set value(number) { input.value = number; show(); },
  };
  control.value = value;
  return control;
}

/** A labelled list of choices, [value, text] each. Calls `changed()`; read `.value`. */
export function choice(parent, name, options, changed) {
  const label = add(parent, "label");
  add(label, "span", { textContent: name });
  const list = add(label, "select");
  for (const [value, textContent] of options) add(list, "option", { value, textContent });
  list.addEventListener("change", changed);
  return list;
}

/** A button that calls `pressed()`. */
export function button(parent, textContent, pressed) {
  const made = add(parent, "button", { type: "button", textContent });
  made.addEventListener("click", pressed);
  return made;
}

/** A table of named numbers; returns show({name: text, …}), which also sets `data-name`. */
export function numbers(parent, names) {
  const body = add(add(parent, "table"), "tbody");
  const cells = {};
  for (const [name, text] of Object.entries(names)) {
    const row = add(body, "tr");
    add(row, "th", { textContent: text, attributes: { scope: "row" } });
    cells[name] = add(row, "td", { attributes: { "data-name": name } });
  }
  return (values) => {
    for (const [name, text] of Object.entries(values)) cells[name].textContent = text;
  };
}

/** A number as text, with a real minus sign and no negative zero. */
export function format(number, digits) {
  const text = number.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** Does the reader ask for less motion? */
export const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Axes on a canvas of `width` × `height` CSS pixels; `x` and `y` are [least, most]. */
export class Plot {
  constructor(parent, { width, height, x, y, alt, left = 40, bottom = 34 }) {
    Object.assign(this, { width, height, x, y, left, bottom, top: 10, right: 10 });
    this.canvas = add(parent, "canvas", { attributes: { role: "img", "aria-label": alt } });
    const sharp = Math.max(1, globalThis.devicePixelRatio || 1);
    this.canvas.width = width * sharp;
    this.canvas.height = height * sharp;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.aspectRatio = `${width} / ${height}`;
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(sharp, sharp);
    this.clear();
  }
  /** Data → CSS pixels of the canvas. */
  toX(value) {
    return this.left + ((value - this.x[0]) / (this.x[1] - this.x[0])) * this.inner()[0];
  }
  toY(value) {
    return this.top + ((this.y[1] - value) / (this.y[1] - this.y[0])) * this.inner()[1];
  }
  inner() {
    return [this.width - this.left - this.right, this.height - this.top - this.bottom];
  }
  /** The place in the frame, in data coordinates, that is nearest to a pointer event. */
  at(event) {
    const box = this.canvas.getBoundingClientRect(); // the page may have scaled the canvas
    const across = ((event.clientX - box.left) / box.width) * this.width - this.left;
    const down = ((event.clientY - box.top) / box.height) * this.height - this.top;
    const [w, h] = this.inner();
    const share = (part, whole) => Math.max(0, Math.min(1, part / whole));
    return [
      this.x[0] + share(across, w) * (this.x[1] - this.x[0]),
      this.y[1] - share(down, h) * (this.y[1] - this.y[0]),
    ];
  }
  /** Call `moved([x, y])` while a pointer is dragged; `touch`: what a finger still does to the page. */
  onDrag(touch, moved) {
    const { canvas } = this;
    canvas.style.touchAction = touch;
    const drag = (event) => event.buttons && moved(this.at(event));
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId); // also while the pointer is beside the canvas
      drag(event);
    });
    canvas.addEventListener("pointermove", drag);
  }
  clear() {
    this.pen.fillStyle = "white";
    this.pen.fillRect(0, 0, this.width, this.height);
  }
  /** Frame, ticks and names of the axes. */
  axes({ xTicks = [], yTicks = [], xName = "", yName = "" }) {
    const { pen, left, top } = this;
    const [w, h] = this.inner();
    pen.strokeStyle = pen.fillStyle = INK;
    pen.lineWidth = 1;
    pen.font = "12px system-ui, sans-serif";
    pen.strokeRect(left, top, w, h);
    pen.textAlign = "center";
    for (const tick of xTicks) pen.fillText(format(tick, tickDigits(tick)), this.toX(tick), top + h + 14);
    pen.fillText(xName, left + w / 2, top + h + 29);
    pen.textAlign = "right";
    for (const tick of yTicks) pen.fillText(format(tick, tickDigits(tick)), left - 5, this.toY(tick) + 4);
    pen.save();
    pen.translate(11, top + h / 2);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText(yName, 0, 0);
    pen.restore();
  }
  /** A curve through the points (xs[i], ys[i]); `dash` such as [6, 4]. */
  curve(xs, ys, { color = BLUE, dash = [], width = 2 } = {}) {
    const { pen } = this;
    this.inside(() => {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      xs.forEach((value, i) => pen.lineTo(this.toX(value), this.toY(ys[i])));
      pen.stroke();
    });
  }
  /** Dots at [[x, y], …], `size` pixels in radius. */
  dots(points, { color = BLUE, size = 2 } = {}) {
    const { pen } = this;
    this.inside(() => {
      pen.fillStyle = color;
      for (const [a, b] of points) {
        pen.beginPath();
        pen.arc(this.toX(a), this.toY(b), size, 0, 2 * Math.PI);
        pen.fill();
      }
    });
  }
  /** Draw with everything outside the frame cut off. */
  inside(draw) {
    this.pen.save();
    this.pen.beginPath();
    this.pen.rect(this.left, this.top, ...this.inner());
    this.pen.clip();
    draw();
    this.pen.restore();
  }
}

const tickDigits = (tick) => (Number.isInteger(tick) ? 0 : Number.isInteger(tick * 10) ? 1 : 2);
