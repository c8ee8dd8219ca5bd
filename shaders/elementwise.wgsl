// What is done to numbers one by one and no shader before it does. A thread computes a quad.

struct Params {
  x: View,
  out: Out,
  rows: u32,
  /// Quads of a row of the result.
  columns: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x < p.columns && id.y < p.rows {
    finish(id.y, id.x, load(id.y, source(id.x)));
  }
}
