// What is done to numbers one by one: y = last(act(slope(x · gate · scale + shift)) + residual), each where there is one.
// Scale, shift and slope (of negative numbers) have one number per channel, and so has the gate unless it is a map. A thread computes a quad.

struct Params {
  rows: u32,
  /// Quads of a row.
  channels: u32,
  scale: u32,
  shift: u32,
  slope: u32,
  activation: u32,
  /// The activation of the sum.
  last: u32,
  has_gate: u32,
  /// Quads from a row's gate to the next: none where all rows have the same.
  gate_stride: u32,
  has_affine: u32,
  has_slope: u32,
  has_residual: u32,
  /// Whether half of the sum is meant.
  is_mean: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.channels || id.y >= p.rows {
    return;
  }
  let at = id.y * p.channels + id.x;
  var v = vec4f(x[at]);
  if p.has_gate != 0u {
    v *= vec4f(other[id.y * p.gate_stride + id.x]);
  }
  if p.has_affine != 0u {
    v = v * number(p.scale + id.x) + number(p.shift + id.x);
  }
  if p.has_slope != 0u {
    v = select(v, v * number(p.slope + id.x), v < vec4f());
  }
  v = activate(v, p.activation);
  if p.has_residual != 0u {
    v += vec4f(residual[at]);
  }
  if p.is_mean != 0u {
    v *= 0.5;
  }
  y[at] = Quad(activate(v, p.last));
}
