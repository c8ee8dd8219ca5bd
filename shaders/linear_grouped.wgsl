// A linear layer whose outputs read a group of the inputs each. A thread computes a quad of a row.

struct Params {
  x: View,
  out: Out,
  rows: u32,
  /// Quads of a row of the result.
  columns: u32,
  /// Inputs that an output reads.
  read: u32,
  /// Where it says among the weights which is the first that each output reads.
  starts: u32,
  weight: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.columns || id.y >= p.rows {
    return;
  }
  let starts = weights[p.starts + id.x];
  var sum = vec4f();
  for (var i = 0u; i < p.read; i++) {
    var a = vec4f();
    for (var lane = 0u; lane < 4u; lane++) {
      let number = starts[lane] + i;
      a[lane] = load(id.y, p.x.first + number / 4u)[number % 4u];
    }
    sum += a * weight(p.weight, i * p.columns + id.x);
  }
  finish(id.y, id.x, sum);
}
