// Mean and standard deviation (f16 has room for it where it has for the numbers) of a slice of positions. A workgroup computes
// those of one slice: two numbers of a quad.

struct Params {
  positions: u32,
  /// Numbers of a position.
  dim: u32,
  /// Positions of a slice; the last may have fewer.
  each: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

const THREADS = 64u;
var<workgroup> sums: array<f32, THREADS>;

/// The sum of all threads' numbers, for all of them.
fn sum_of_all(thread: u32, own: f32) -> f32 {
  sums[thread] = own;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if thread < half {
      sums[thread] += sums[thread + half];
    }
    workgroupBarrier();
  }
  let sum = sums[0];
  workgroupBarrier();
  return sum;
}

/// Which numbers of quad `quad` of a position are no padding, as ones.
fn belongs(quad: u32) -> vec4f {
  return select(vec4f(), vec4f(1.0), vec4u(quad * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(p.dim));
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) slice: vec3u, @builtin(local_invocation_index) thread: u32) {
  let quads = (p.dim + 3u) / 4u;
  let first = slice.x * p.each;
  let count = min(p.each, p.positions - first);
  let numbers = f32(count * p.dim);
  var own = vec4f();
  for (var i = thread; i < count * quads; i += THREADS) {
    own += vec4f(x[first * quads + i]) * belongs(i % quads);
  }
  let mean = sum_of_all(thread, dot(own, vec4f(1.0))) / numbers;
  own = vec4f();
  for (var i = thread; i < count * quads; i += THREADS) {
    let off = (vec4f(x[first * quads + i]) - mean) * belongs(i % quads);
    own += off * off;
  }
  let variance = sum_of_all(thread, dot(own, vec4f(1.0))) / numbers;
  if thread == 0u {
    y[slice.x] = Quad(vec4f(mean, sqrt(variance), 0.0, 0.0));
  }
}
