// What every kernel begins with: the bindings, the weights' encodings and the activations.
//
// Maps and tokens are channels-last, four channels to a vec4 ("quad"); channels beyond the last are padding whose
// values do not matter, as the weights that meet them are zero. Kernels leave no padding unwritten, for 0 × NaN is NaN.
//
// Before this stands what a number is stored as, `alias Stored = f32;` or f16. All arithmetic is in f32.

alias Quad = vec4<Stored>;

/// The first operand.
@group(0) @binding(1) var<storage, read> x: array<Quad>;
/// What meets the result, where a kernel says so.
@group(0) @binding(2) var<storage, read> residual: array<Quad>;
/// A gate, computed filters, or what else meets the result.
@group(0) @binding(3) var<storage, read> other: array<Quad>;
/// All weights of the network.
@group(0) @binding(4) var<storage, read> weights: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> y: array<Quad>;

/// Whether matrices and filters are stored as f16, eight to a vec4u, instead of as f32.
override HALF_WEIGHTS: bool = false;

/// Quad `at` of the matrix that starts at `start`.
fn weight(start: u32, at: u32) -> vec4f {
  if HALF_WEIGHTS {
    let pair = weights[start + at / 2u];
    let half = select(pair.xy, pair.zw, (at & 1u) == 1u);
    return vec4f(unpack2x16float(half.x), unpack2x16float(half.y));
  }
  return bitcast<vec4f>(weights[start + at]);
}

/// A quad of numbers that are never stored as f16: biases, scales, shifts.
fn number(at: u32) -> vec4f {
  return bitcast<vec4f>(weights[at]);
}

/// max(v, 0) - |v| / 2 · erfc(|v| / √2); the polynomial is that of `engine/kernels/src/math.rs`.
fn gelu(v: vec4f) -> vec4f {
  let size = min(abs(v), vec4f(30.0));
  let t = 1.0 / (1.0 + 0.35355339 * size);
  var p = vec4f(0.13429001);
  p = p * t - 0.6241266;
  p = p * t + 1.0262095;
  p = p * t - 0.52635825;
  p = p * t - 0.21767023;
  p = p * t + 0.07262579;
  p = p * t + 0.010876476;
  p = p * t + 0.39149487;
  p = p * t + 0.9980797;
  p = p * t - 1.2654213;
  return max(v, vec4f()) - 0.5 * size * t * exp(p - 0.5 * v * v);
}

/// The activations by the numbers that `lower.rs` gives them.
fn activate(v: vec4f, which: u32) -> vec4f {
  switch which {
    case 1u: { return max(v, vec4f(0.0)); }
    case 2u: { return clamp(v, vec4f(0.0), vec4f(6.0)); }
    case 3u: { return v * (clamp(v + 3.0, vec4f(0.0), vec4f(6.0)) / 6.0); }
    case 4u: { return clamp(v + 3.0, vec4f(0.0), vec4f(6.0)) / 6.0; }
    case 5u: { return 1.0 / (1.0 + exp(-v)); }
    case 6u: { return v / (1.0 + exp(-v)); }
    case 7u: { return gelu(v); }
    default: { return v; }
  }
}
