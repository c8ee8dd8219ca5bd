// What the shaders of 1×1 convolutions and linear layers begin with:
// y[r, n] = act(Σ over k of x[r, k] · gate[k] · w[k, n] + bias[n]) + residual[r, n].

struct Params {
  rows: u32,
  /// Quads of a row of x.
  depth: u32,
  /// Quads of a row of y.
  columns: u32,
  weight: u32,
  bias: u32,
  activation: u32,
  has_residual: u32,
  has_gate: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

/// A quad of x; rows beyond the last are read from the last.
fn operand(row: u32, k: u32) -> vec4f {
  let a = vec4f(x[min(row, p.rows - 1u) * p.depth + k]);
  if p.has_gate != 0u {
    return a * vec4f(other[k]);
  }
  return a;
}

/// Ends a sum, unless its row or column is beyond the last.
fn store(row: u32, column: u32, sum: vec4f) {
  if row < p.rows && column < p.columns {
    finish(row * p.columns + column, sum, p.bias + column, p.activation, p.has_residual);
  }
}
