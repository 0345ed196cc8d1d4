// The mathematics of watch-gan.js: a GAN for points in the plane. No library differentiates here:
// every gradient is written out. tests/site/test_watch_gan.py compares them with TensorFlow's.
//
// Points, noise and logits are flat arrays, one row after the other: n points are 2n numbers.
// A network is a list of layers { inputs, outputs, kernel, bias }; kernel[i * outputs + j] leads
// from number i to number j, as in Keras. Gradients are such lists too.

import { sigmoid, softplus } from "./common.js";

const LEAK = 0.2; // slope of the leaky ReLU below 0
const [MODES, RADIUS, SIGMA] = [8, 1, 0.05]; // the ring of aigc_lib/mixtures.py
const GAMMA = 0.1; // weight of R1 and R2, as in chapter 22
const LAMBDA = 10; // weight of the gradient penalty, as in its paper

/** Numbers in [0, 1), the same again for the same seed (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` draws from N(0, 1), by Box and Muller. */
export function normals(count, uniform) {
  return new Float64Array(count).map(
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Centres of the modes, [x, y] each. */
export const CENTRES = Array.from({ length: MODES }, (_, mode) => {
  const angle = (2 * Math.PI * mode) / MODES;
  return [RADIUS * Math.cos(angle), RADIUS * Math.sin(angle)];
});

/** From a centre to the last good sample: three standard deviations. */
export const REACH = 3 * SIGMA;

/** n points of the ring, (n, 2). */
export function ring(n, uniform) {
  const points = normals(2 * n, uniform);
  for (let i = 0; i < n; i += 1) {
    const [x, y] = CENTRES[Math.floor(MODES * uniform())];
    points[2 * i] = x + SIGMA * points[2 * i];
    points[2 * i + 1] = y + SIGMA * points[2 * i + 1];
  }
  return points;
}

/** Modes with at least one good sample, and the share of good samples (modes.py). */
export function modesCovered(points) {
  const counts = new Array(MODES).fill(0);
  for (let i = 0; i < points.length; i += 2) {
    const near = ([x, y]) => Math.hypot(points[i] - x, points[i + 1] - y) <= REACH;
    const mode = CENTRES.findIndex(near); // no two circles meet: at most one
    if (mode >= 0) counts[mode] += 1;
  }
  const good = counts.reduce((total, count) => total + count, 0);
  return { modes: counts.filter(Boolean).length, quality: good / (points.length / 2) };
}

/** A network with Glorot's uniform kernels and zero biases; sizes such as [2, 32, 32, 1]. */
export function network(sizes, uniform) {
  return sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l];
    const limit = Math.sqrt(6 / (inputs + outputs));
    const kernel = new Float64Array(inputs * outputs).map(() => limit * (2 * uniform() - 1));
    return { inputs, outputs, kernel, bias: new Float64Array(outputs) };
  });
}

/** X K, for rows x of the layer's inputs. */
function product({ inputs, outputs, kernel }, x) {
  const rows = x.length / inputs;
  const y = new Float64Array(rows * outputs);
  for (let row = 0; row < rows; row += 1)
    for (let j = 0; j < outputs; j += 1) {
      let sum = 0;
      for (let i = 0; i < inputs; i += 1) sum += x[row * inputs + i] * kernel[i * outputs + j];
      y[row * outputs + j] = sum;
    }
  return y;
}

/** Δ Kᵀ: the slopes δ of the layer's sums, carried back to its inputs. */
function back({ inputs, outputs, kernel }, delta) {
  const rows = delta.length / outputs;
  const x = new Float64Array(rows * inputs);
  for (let row = 0; row < rows; row += 1)
    for (let i = 0; i < inputs; i += 1) {
      let sum = 0;
      for (let j = 0; j < outputs; j += 1)
        sum += delta[row * outputs + j] * kernel[i * outputs + j];
      x[row * inputs + i] = sum;
    }
  return x;
}

/** Xᵀ Δ: the kernel's gradient. */
function kernelGradient({ inputs, outputs }, x, delta) {
  const rows = x.length / inputs;
  const gradient = new Float64Array(inputs * outputs);
  for (let i = 0; i < inputs; i += 1)
    for (let j = 0; j < outputs; j += 1) {
      let sum = 0;
      for (let row = 0; row < rows; row += 1) sum += x[row * inputs + i] * delta[row * outputs + j];
      gradient[i * outputs + j] = sum;
    }
  return gradient;
}

/** Sums of the columns: the bias's gradient. */
function biasGradient({ outputs }, delta) {
  const gradient = new Float64Array(outputs);
  for (let k = 0; k < delta.length; k += 1) gradient[k % outputs] += delta[k];
  return gradient;
}

/** a ⊙ b, number by number; the result takes the place of a. */
function masked(a, b) {
  for (let k = 0; k < a.length; k += 1) a[k] *= b[k];
  return a;
}

/** The network's output for rows x, each layer's inputs, and the masks m: 1 or LEAK. */
export function forward(net, x) {
  const [inputs, masks] = [[], []];
  net.forEach((layer, l) => {
    inputs.push(x);
    x = product(layer, x);
    for (let k = 0; k < x.length; k += 1) x[k] += layer.bias[k % layer.outputs];
    if (l === net.length - 1) return;
    masks.push(x.map((sum) => (sum > 0 ? 1 : LEAK)));
    masked(x, masks[l]);
  });
  return { output: x, inputs, masks };
}

/** From the slopes of a loss in the outputs: its slopes δ in each layer's sums, and in x. */
function backward(net, { masks }, slopes) {
  const deltas = [];
  for (let l = net.length - 1; l >= 0; l -= 1) {
    deltas[l] = slopes;
    slopes = back(net[l], slopes);
    if (l > 0) masked(slopes, masks[l - 1]);
  }
  return { deltas, inX: slopes };
}

/** Gradients in kernels and biases. */
function weightGradients(net, inputs, deltas) {
  return net.map((layer, l) => ({
    kernel: kernelGradient(layer, inputs[l], deltas[l]),
    bias: biasGradient(layer, deltas[l]),
  }));
}

/** The sum of several lists of gradients, made in the first of them. */
function total([first, ...others]) {
  for (const other of others)
    first.forEach(({ kernel, bias }, l) => {
      for (let k = 0; k < kernel.length; k += 1) kernel[k] += other[l].kernel[k];
      for (let k = 0; k < bias.length; k += 1) bias[k] += other[l].bias[k];
    });
  return first;
}

/**
 * The mean of a penalty P(‖∇a‖²) over n points, and its gradients in the weights.
 *
 * They are a second derivative, of ∇a in the weights. With leaky ReLU the masks are constant almost
 * everywhere, so it is the gradient of the directional derivative v·∇a, with v = ∂P/∂∇a held
 * fixed. v goes forward through the masked network: t₁ = m₁ ⊙ (v W₁), t₂ = m₂ ⊙ (t₁ W₂),
 * t₃ = t₂ W₃ = v·∇a. Back through this linear chain go the same δ that gave ∇a; W₁ gets vᵀ δ₁,
 * W₂ gets t₁ᵀ δ₂, W₃ gets t₂ᵀ δ₃, the biases 0.
 *
 * `penalty` maps s = ‖∇a‖² to [P, 2 dP/ds]: the second, times ∇a, is v.
 */
function slopePenalty(net, trace, penalty) {
  const n = trace.output.length;
  const { deltas, inX } = backward(net, trace, new Float64Array(n).fill(1)); // inX is ∇a, (n, 2)
  const v = new Float64Array(2 * n);
  let mean = 0;
  for (let i = 0; i < n; i += 1) {
    const [value, factor] = penalty(inX[2 * i] ** 2 + inX[2 * i + 1] ** 2);
    mean += value / n;
    v[2 * i] = (factor * inX[2 * i]) / n;
    v[2 * i + 1] = (factor * inX[2 * i + 1]) / n;
  }
  const tangents = [v];
  for (let l = 0; l < net.length - 1; l += 1)
    tangents.push(masked(product(net[l], tangents[l]), trace.masks[l]));
  const gradients = net.map((layer, l) => ({
    kernel: kernelGradient(layer, tangents[l], deltas[l]),
    bias: new Float64Array(layer.outputs),
  }));
  return { mean, gradients };
}

/** γ/2 ‖∇a‖²: R1 at real points, R2 at generated ones. */
const zeroCentred = (square) => [(GAMMA / 2) * square, GAMMA];

/** λ (‖∇a‖ − 1)²; 10⁻¹² more under the root, as in penalties.py: no division by 0. */
function oneCentred(square) {
  const slope = Math.sqrt(square + 1e-12);
  return [LAMBDA * (slope - 1) ** 2, (2 * LAMBDA * (slope - 1)) / slope];
}

// The losses, under their names in aigc_lib/losses.py. Both functions get the logits of a real
// point, r, and of a generated one, f. discriminator: [loss, ∂/∂r, ∂/∂f]; generator: [loss, ∂/∂f].
// onlyDifferences: the loss sees differences of logits, not a logit itself. at: where the penalty looks.
export const GAMES = {
  "non-saturating": {
    text: "non-saturating",
    discriminator: (r, f) => [softplus(-r) + softplus(f), -sigmoid(-r), sigmoid(f)],
    generator: (r, f) => [softplus(-f), -sigmoid(-f)],
  },
  wasserstein: {
    text: "Wasserstein with gradient penalty",
    onlyDifferences: true,
    discriminator: (r, f) => [f - r, -1, 1],
    generator: (r, f) => [-f, -1],
    penalty: oneCentred,
    at: ["between"],
  },
  relativistic: {
    text: "relativistic with R1 + R2",
    onlyDifferences: true,
    discriminator: (r, f) => [softplus(f - r), -sigmoid(f - r), sigmoid(f - r)],
    generator: (r, f) => [softplus(r - f), -sigmoid(r - f)],
    penalty: zeroCentred,
    at: ["real", "fake"],
  },
};

/** x̂ = ε x + (1 − ε) G(z), where `shares` holds ε of each pair. */
const mix = (real, fake, shares) =>
  real.map((x, k) => shares[k >> 1] * x + (1 - shares[k >> 1]) * fake[k]);

/**
 * The discriminator's loss, a mean over n pairs, and its gradients.
 * real, fake: (n, 2); between: (n), the shares ε, which the Wasserstein loss alone looks at.
 * loss: with the penalty; penalty: what of it is the penalty.
 */
export function discriminatorGradient(net, real, fake, name, between) {
  const { discriminator, penalty, at = [] } = GAMES[name];
  const traces = { real: forward(net, real), fake: forward(net, fake) };
  if (at.includes("between")) traces.between = forward(net, mix(real, fake, between));
  const n = traces.real.output.length;
  const slopes = { real: new Float64Array(n), fake: new Float64Array(n) };
  let loss = 0;
  for (let i = 0; i < n; i += 1) {
    const [value, r, f] = discriminator(traces.real.output[i], traces.fake.output[i]);
    loss += value / n;
    slopes.real[i] = r / n;
    slopes.fake[i] = f / n;
  }
  const penalties = at.map((place) => slopePenalty(net, traces[place], penalty));
  const charged = penalties.reduce((sum, { mean }) => sum + mean, 0);
  const gradients = total([
    ...["real", "fake"].map((kind) =>
      weightGradients(net, traces[kind].inputs, backward(net, traces[kind], slopes[kind]).deltas),
    ),
    ...penalties.map((each) => each.gradients),
  ]);
  return { loss: loss + charged, penalty: charged, gradients };
}

/** The generator's loss and gradients for noise (n, 2); `real` (n, 2) enters some losses. */
export function generatorGradient(generator, discriminator, noise, real, name) {
  const trace = forward(generator, noise);
  const answers = forward(discriminator, trace.output);
  const realLogits = forward(discriminator, real).output;
  const n = realLogits.length;
  const slopes = new Float64Array(n);
  let loss = 0;
  for (let i = 0; i < n; i += 1) {
    const [value, f] = GAMES[name].generator(realLogits[i], answers.output[i]);
    loss += value / n;
    slopes[i] = f / n;
  }
  const { inX } = backward(discriminator, answers, slopes); // from the points on into G
  const { deltas } = backward(generator, trace, inX);
  return { loss, gradients: weightGradients(generator, trace.inputs, deltas) };
}
