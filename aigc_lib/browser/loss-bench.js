// Two densities, the best discriminator between them, and what a generator learns from it.

import {
  BLUE, GREEN, ORANGE, Plot, add, format, numbers, sigmoid, slider, softplus,
} from "./common.js";

const EDGE = 6; // of both pictures, on the horizontal axis
const STEPS = 4000; // of the grid on which integrals are summed

/** log N(x; mean, sd²) of one number. */
export function logNormal(x, { mean, sd }) {
  const z = (x - mean) / sd;
  return -0.5 * z * z - Math.log(sd * Math.sqrt(2 * Math.PI));
}

/** The logit of the best discriminator, log p(x) − log q(x); its sigmoid is D* = p / (p + q). */
export const bestLogit = (x, p, q) => logNormal(x, p) - logNormal(x, q);

/** Slope of the best logit in x: −(x − mean_p) / sd_p² + (x − mean_q) / sd_q². */
export const slopeOfLogit = (x, p, q) => (x - q.mean) / q.sd ** 2 - (x - p.mean) / p.sd ** 2;

/**
 * ∫ f(x) dx by the midpoint rule, over ten standard deviations around both densities. What is left
 * where positive and negative parts cancel but for rounding is 0.
 */
function integral(f, p, q) {
  const [low, high] = [p, q].reduce(
    ([a, b], { mean, sd }) => [Math.min(a, mean - 10 * sd), Math.max(b, mean + 10 * sd)],
    [Infinity, -Infinity],
  );
  const step = (high - low) / STEPS;
  let [sum, size] = [0, 0];
  for (let i = 0; i < STEPS; i += 1) {
    const value = f(low + (i + 0.5) * step);
    sum += value;
    size += Math.abs(value);
  }
  return Math.abs(sum) > 1e-13 * size ? sum * step : 0;
}

/** JSD(p ‖ q) in nats: ½ E_p[log 2 D*] + ½ E_q[log 2 (1 − D*)]; each term is 0 where p = q. */
export function jsd(p, q) {
  const value = (x) => {
    const logit = bestLogit(x, p, q);
    const real = Math.exp(logNormal(x, p)) * (Math.LN2 - softplus(-logit));
    return real + Math.exp(logNormal(x, q)) * (Math.LN2 - softplus(logit));
  };
  return 0.5 * integral(value, p, q);
}

/** Slopes of both generator losses in the logit: of log(1 − σ(a)) and of −log σ(a). */
export const slopes = (logit) => ({ minimax: -sigmoid(logit), nonSaturating: -sigmoid(-logit) });

/**
 * Derivatives of both generator losses with respect to the mean of q, D* held fixed: a sample
 * moves with the mean, so the chain rule gives E_q[slope of the loss · slope of the logit].
 */
export function pulls(p, q) {
  const mean = (kind) =>
    integral((x) => {
      const slope = slopes(bestLogit(x, p, q))[kind];
      return Math.exp(logNormal(x, q)) * slope * slopeOfLogit(x, p, q);
    }, p, q);
  return { minimax: mean("minimax"), nonSaturating: mean("nonSaturating") };
}

/** Four decimals; a number too small for them with its power of ten. */
const short = (value) =>
  Math.abs(value) >= 1e-3 || value === 0
    ? format(value, 4)
    : value.toExponential(1).replaceAll("-", "−");

const AXIS = Float64Array.from({ length: 241 }, (_, i) => (i / 120 - 1) * EDGE);
const LOGITS = [-6, -3, 0, 3, 6];

function paintDensities(plot, p, q, place) {
  const density = (law) => AXIS.map((x) => Math.exp(logNormal(x, law)));
  plot.clear();
  plot.axes({ xTicks: LOGITS, yTicks: [0, 0.5, 1], xName: "x", yName: "density, D*" });
  plot.curve(AXIS, density(p), { color: BLUE });
  plot.curve(AXIS, density(q), { color: ORANGE, dash: [7, 4] });
  plot.curve(AXIS, AXIS.map((x) => sigmoid(bestLogit(x, p, q))), { color: "black", dash: [2, 3] });
  plot.curve([place, place], [0, 1.5], { color: "#595959", width: 1 });
  plot.dots([[place, sigmoid(bestLogit(place, p, q))]], { color: "black", size: 5 });
}

function paintSlopes(plot, logit) {
  const shown = Math.max(-EDGE, Math.min(EDGE, logit)); // beyond the frame: at its edge
  const { minimax, nonSaturating } = slopes(shown);
  plot.clear();
  plot.axes({ xTicks: LOGITS, yTicks: [-1, -0.5, 0], xName: "logit", yName: "slope of the loss" });
  plot.curve(AXIS, AXIS.map((a) => slopes(a).minimax), { color: GREEN, dash: [7, 4] });
  plot.curve(AXIS, AXIS.map((a) => slopes(a).nonSaturating), { color: BLUE });
  plot.dots([[shown, minimax]], { color: GREEN, size: 5 });
  plot.dots([[shown, nonSaturating]], { color: BLUE, size: 5 });
}

const LEGEND =
  "First picture: the data's density p (solid blue), the generator's q (dashed orange), D* " +
  "(dotted). Second: what one fake at x tells the generator, minimax (dashed green) and " +
  "non-saturating (solid blue). " +
  "The last two rows: the derivative of each loss, over all fakes, in the mean of q.";

/** Show both pictures, five sliders and the numbers in `panel`, a <div>. */
export function mount(panel) {
  add(panel, "p", { textContent: "Loss bench" });
  const means = { min: -4, max: 4, step: 0.1 };
  const sds = { min: 0.3, max: 3, step: 0.1, value: 1 };
  const data = add(panel, "div", { className: "row" });
  const meanP = slider(data, "mean of p", { ...means, value: 0 }, show);
  const sdP = slider(data, "sd of p", sds, show);
  const generated = add(panel, "div", { className: "row" });
  const meanQ = slider(generated, "mean of q", { ...means, value: 2 }, show);
  const sdQ = slider(generated, "sd of q", sds, show);
  const placeRow = add(panel, "div", { className: "row" });
  const place = slider(placeRow, "x", { min: -EDGE, max: EDGE, step: 0.1, value: 2 }, show);

  const views = add(panel, "div", { className: "row views" });
  const size = { width: 306, height: 240, x: [-EDGE, EDGE] };
  const alt = "Densities p and q and the best discriminator D* over x; the numbers are below.";
  const left = new Plot(views, { ...size, y: [0, 1.5], alt });
  const altSlopes = "Slopes of the minimax and the non-saturating loss over the logit.";
  const right = new Plot(views, { ...size, left: 52, y: [-1.05, 0.05], alt: altSlopes });
  const write = numbers(panel, {
    "d-star": "D*(x)",
    logit: "logit of D*(x)",
    minimax: "slope of the minimax loss",
    "non-saturating": "slope of the non-saturating loss",
    jsd: "JSD of p and q, in nats",
    value: "V(D*) = 2 JSD − log 4",
    "pull-minimax": "minimax loss, derivative in the mean of q",
    "pull-non-saturating": "non-saturating loss, the same",
  });
  add(panel, "p", { textContent: LEGEND });

  left.onDrag("pan-y", ([x]) => { // a finger drags across and still scrolls the page
    place.value = x;
    show();
  });

  function show() {
    const [p, q] = [[meanP, sdP], [meanQ, sdQ]].map(([m, s]) => ({ mean: m.value, sd: s.value }));
    const logit = bestLogit(place.value, p, q);
    const distance = jsd(p, q);
    const pull = pulls(p, q);
    paintDensities(left, p, q, place.value);
    paintSlopes(right, logit);
    write({
      "d-star": short(sigmoid(logit)),
      logit: format(logit, 2),
      minimax: short(slopes(logit).minimax),
      "non-saturating": short(slopes(logit).nonSaturating),
      jsd: short(distance),
      value: short(2 * distance - Math.log(4)),
      "pull-minimax": short(pull.minimax),
      "pull-non-saturating": short(pull.nonSaturating),
    });
  }
  show();
}
