// Channels of up to three values, in any order: shuffles, slices and concatenations. A thread computes a quad.

struct Params {
  rows: u32,
  /// Quads of a row of y.
  columns: u32,
  /// Where the table begins among the weights: for each channel of y a value's number, and in the lower 24 bits a channel.
  table: u32,
  /// Quads of a row of each value.
  first: u32,
  second: u32,
  third: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.columns || id.y >= p.rows {
    return;
  }
  let entries = weights[p.table + id.x];
  var v = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let channel = entries[i] & 0xffffffu;
    let quad = channel / 4u;
    switch entries[i] >> 24u {
      case 0u: { v[i] = f32(x[id.y * p.first + quad][channel % 4u]); }
      case 1u: { v[i] = f32(residual[id.y * p.second + quad][channel % 4u]); }
      case 2u: { v[i] = f32(other[id.y * p.third + quad][channel % 4u]); }
      default: {}
    }
  }
  y[id.y * p.columns + id.x] = Quad(v);
}
