// Dynamic shift-max (arXiv 2108.05894): the largest of one or two sums of a channel and another one, multiplied by factors that follow
// from the numbers in `other`: all channels' first factors of the first piece, their second ones, and so of the second piece.
// A thread computes a quad.

struct Params {
  x: View,
  out: Out,
  rows: u32,
  /// Quads of a row of the result.
  columns: u32,
  /// Its channels.
  channels: u32,
  /// Where it says among the weights which channel each number of a row is, and where in a row of x the other one lies.
  own: u32,
  others: u32,
  pieces: u32,
  range: f32,
  /// What is added to the factors.
  first_own: f32,
  first_other: f32,
  second_own: f32,
  second_other: f32,
}
@group(0) @binding(0) var<uniform> p: Params;

/// The factors number `which` of the quad of channels `column`.
fn factors(which: u32, column: u32, start: f32) -> vec4f {
  var v = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let at = which * p.channels + weights[p.own + column][i];
    v[i] = f32(other[at / 4u][at % 4u]);
  }
  return (v - 0.5) * p.range + start;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.columns || id.y >= p.rows {
    return;
  }
  let own = load(id.y, source(id.x));
  let entries = weights[p.others + id.x];
  var shifted = vec4f();
  for (var i = 0u; i < 4u; i++) {
    shifted[i] = load(id.y, p.x.first + entries[i] / 4u)[entries[i] % 4u];
  }
  var v = own * factors(0u, id.x, p.first_own) + shifted * factors(1u, id.x, p.first_other);
  if p.pieces > 1u {
    v = max(v, own * factors(2u, id.x, p.second_own) + shifted * factors(3u, id.x, p.second_other));
  }
  finish(id.y, id.x, v);
}
