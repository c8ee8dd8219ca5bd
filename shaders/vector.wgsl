// A linear layer on few rows: y[r, n] = act(Σ over k of x[r, k] · w[k, n] + bias[n]) + residual[r, n].
// A workgroup computes one row of eight quads of columns; eight threads share each sum.

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
}
@group(0) @binding(0) var<uniform> p: Params;

const COLUMNS = 8u;
const SLICES = 8u;
var<workgroup> sums: array<array<vec4f, COLUMNS>, SLICES>;

@compute @workgroup_size(COLUMNS, SLICES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  // The same for all threads of a workgroup.
  let row = id.y / SLICES;
  let column = min(id.x, p.columns - 1u);
  var sum = vec4f();
  for (var k = local.y; k < p.depth; k += SLICES) {
    let a = x[row * p.depth + k];
    let at = k * 4u * p.columns + column;
    sum += a.x * weight(p.weight, at)
      + a.y * weight(p.weight, at + p.columns)
      + a.z * weight(p.weight, at + 2u * p.columns)
      + a.w * weight(p.weight, at + 3u * p.columns);
  }
  sums[local.y][local.x] = sum;
  workgroupBarrier();
  if local.y != 0u || id.x >= p.columns {
    return;
  }
  for (var slice = 1u; slice < SLICES; slice++) {
    sum += sums[slice][local.x];
  }
  let at = row * p.columns + column;
  var v = activate(sum + number(p.bias + column), p.activation);
  if p.has_residual != 0u {
    v += residual[at];
  }
  y[at] = v;
}
