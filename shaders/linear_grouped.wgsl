// A linear layer whose outputs read a group of the inputs each, then bias, activation, residual. A thread computes a quad of a row.

struct Params {
  rows: u32,
  /// Quads of a row of x.
  depth: u32,
  /// Quads of a row of y.
  columns: u32,
  /// Numbers of a row of y.
  out: u32,
  /// Inputs that an output reads, and outputs of a group.
  read: u32,
  each: u32,
  weight: u32,
  bias: u32,
  activation: u32,
  has_residual: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.columns || id.y >= p.rows {
    return;
  }
  var sum = vec4f();
  for (var i = 0u; i < p.read; i++) {
    var a = vec4f();
    for (var lane = 0u; lane < 4u; lane++) {
      let out = id.x * 4u + lane;
      if out < p.out {
        let channel = out / p.each * p.read + i;
        a[lane] = f32(x[id.y * p.depth + channel / 4u][channel % 4u]);
      }
    }
    sum += a * weight(p.weight, i * p.columns + id.x);
  }
  finish(id.y * p.columns + id.x, sum, p.bias + id.x, p.activation, p.has_residual);
}
