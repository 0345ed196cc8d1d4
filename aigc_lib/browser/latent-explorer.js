// A map of codes: each place is decoded in the browser, by the weights that Keras trained.

import { Plot, add, format, numbers, sigmoid, slider } from "./common.js";

const SIDE = 28; // pixels of an image along each edge
const ENLARGED = 10; // screen pixels for one of them
const COLORS = [ // one a digit, dark enough on white; the glyph says the digit as well
  "#0072b2", "#b34700", "#00735a", "#8a4f7d", "#5c5c5c",
  "#7a5c00", "#c02040", "#4b3fae", "#1a6b8f", "#3d6b00",
];

/** The float of 16 bits whose bits are `half`: sign, five of exponent, ten of fraction. */
export function fromHalf(half) {
  const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** Base64 of little-endian 16-bit floats → Float32Array. */
function numbersIn(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const length = bytes.length / 2;
  return Float32Array.from({ length }, (_, i) => fromHalf(view.getUint16(2 * i, true)));
}

/** A layer as it travels → {inputs, outputs, kernel (inputs × outputs, row by row), bias, slope}. */
export function unpack({ shape: [inputs, outputs], kernel, bias, slope }) {
  return { inputs, outputs, slope, kernel: numbersIn(kernel), bias: numbersIn(bias) };
}

/** A dense layer and its leaky ReLU: max(a, slope · a) with a = x W + b; slope 1 changes nothing. */
function dense({ inputs, outputs, kernel, bias, slope }, x) {
  const out = Float32Array.from(bias);
  for (let i = 0; i < inputs; i += 1)
    for (let o = 0; o < outputs; o += 1) out[o] += x[i] * kernel[i * outputs + o];
  return out.map((a) => Math.max(a, slope * a));
}

/** A code, two numbers → 784 pixels, each the probability of ink. */
export function decode(layers, z) {
  const logits = layers.reduce((x, layer) => dense(layer, x), Float32Array.from(z));
  return logits.map(sigmoid);
}

/** The place in `codes`, [[z1, z2], …], of the code that is nearest to z. */
export function nearest(codes, [a, b]) {
  const distances = codes.map(([c, d]) => (a - c) ** 2 + (b - d) ** 2);
  return distances.indexOf(Math.min(...distances));
}

/** Draw 784 pixels, 1 black and 0 white, enlarged without smoothing. */
function paintImage(canvas, pixels) {
  const small = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const image = new ImageData(SIDE, SIDE);
  pixels.forEach((ink, i) => {
    const grey = Math.round(255 * (1 - ink));
    image.data.set([grey, grey, grey, 255], 4 * i);
  });
  small.getContext("2d").putImageData(image, 0, 0);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, canvas.width, canvas.height);
}

/** The digits of the map at their codes, and a cross at z. */
function paintMap(plot, codes, labels, [a, b], ticks) {
  const { pen } = plot;
  plot.clear();
  plot.axes({ xTicks: ticks, yTicks: ticks, xName: "z₁", yName: "z₂" });
  plot.inside(() => {
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "center";
    codes.forEach(([x, y], i) => {
      pen.fillStyle = COLORS[labels[i]];
      pen.fillText(labels[i], plot.toX(x), plot.toY(y) + 4);
    });
    const [x, y] = [plot.toX(a), plot.toY(b)];
    for (const [color, width] of [["white", 6], ["black", 2.5]]) {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.beginPath();
      pen.moveTo(x - 11, y);
      pen.lineTo(x + 11, y);
      pen.moveTo(x, y - 11);
      pen.lineTo(x, y + 11);
      pen.stroke();
    }
  });
}

/** Show the map, two sliders and the decoded image in `panel`, a <div>. */
export function mount(panel, { layers: packed, codes, labels }) {
  const layers = packed.map(unpack);
  const edge = Math.ceil(Math.max(...codes.flat().map(Math.abs)));
  const ticks = [-edge, 0, edge];
  add(panel, "p", { textContent: "Latent explorer" });
  const row = add(panel, "div", { className: "row" });
  const axis = { min: -edge, max: edge, step: 0.05, value: 0 };
  const sliders = ["z₁", "z₂"].map((name) => slider(row, name, axis, show));

  const views = add(panel, "div", { className: "row views" });
  const alt = `A map of ${codes.length} test images, each a digit at its code; a cross at the chosen place.`;
  const plot = new Plot(views, { width: 360, height: 354, x: [-edge, edge], y: [-edge, edge], alt });
  const image = add(views, "canvas", {
    width: SIDE * ENLARGED,
    height: SIDE * ENLARGED,
    attributes: { role: "img", style: `outline: 1px solid #8a8a8a; width: ${SIDE * ENLARGED}px` },
  });
  const write = numbers(panel, {
    z: "code z",
    near: "nearest test image",
    ink: "ink, mean of the pixels",
  });

  add(panel, "p", {
    textContent: "Drag over the map, or move the sliders. Each digit of the map is a test image, at " +
      "the mean of its code; the picture beside it is computed from the two numbers alone.",
  });

  plot.canvas.style.cursor = "crosshair";
  plot.onDrag("none", (place) => { // a finger moves the cross, not the page
    sliders.forEach((control, i) => (control.value = place[i]));
    show();
  });

  function show() {
    const z = sliders.map(({ value }) => value);
    const pixels = decode(layers, z);
    const label = labels[nearest(codes, z)];
    paintMap(plot, codes, labels, z, ticks);
    paintImage(image, pixels);
    image.setAttribute("aria-label", `The image that the decoder draws, near a test image of the digit ${label}.`);
    write({
      z: `(${z.map((value) => format(value, 2)).join(", ")})`,
      near: `digit ${label}`,
      ink: format(pixels.reduce((sum, ink) => sum + ink, 0) / pixels.length, 4),
    });
  }
  show();
}
