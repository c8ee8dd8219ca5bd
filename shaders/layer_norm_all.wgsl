// Normalisation by the mean and variance of all numbers, then scale and shift by channel. The moments of slices of positions are
// in `residual`; what they amount to together, every thread computes for itself. A thread computes a quad.

struct Params {
  positions: u32,
  /// Numbers of a position.
  dim: u32,
  /// Positions of a slice; the last may have fewer.
  each: u32,
  slices: u32,
  eps: f32,
  scale: u32,
  shift: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

/// The share that a slice has of all numbers, their mean, and their standard deviation.
fn moments(slice: u32) -> vec3f {
  let share = f32(min(p.each, p.positions - slice * p.each)) / f32(p.positions);
  return vec3f(share, vec2f(residual[slice].xy));
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let quads = (p.dim + 3u) / 4u;
  if id.x >= quads || id.y >= p.positions {
    return;
  }
  var mean = 0.0;
  for (var slice = 0u; slice < p.slices; slice++) {
    let of_slice = moments(slice);
    mean += of_slice.x * of_slice.y;
  }
  var variance = 0.0;
  for (var slice = 0u; slice < p.slices; slice++) {
    let of_slice = moments(slice);
    let off = of_slice.y - mean;
    variance += of_slice.x * (of_slice.z * of_slice.z + off * off);
  }
  let at = id.y * quads + id.x;
  let normal = (vec4f(x[at]) - mean) * inverseSqrt(variance + p.eps);
  y[at] = Quad(normal * number(p.scale + id.x) + number(p.shift + id.x));
}
