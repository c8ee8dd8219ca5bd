// The context of separable self-attention (arXiv 2206.02680): the sum of a sequence's keys, weighed by the softmax of its queries.
// Each row of x holds a token's query, key and value. A workgroup computes four quads of a context; sixteen threads share each
// sum, the softmax as they go (a running maximum, arXiv 1805.02867).
//
// Token t of sequence s is row (s / s_group) · s_far + (s % s_group) · s_near + the same of t, as in attention.wgsl.

struct Params {
  tokens: u32,
  /// Numbers of a key.
  dim: u32,
  s_group: u32,
  s_far: u32,
  s_near: u32,
  t_group: u32,
  t_far: u32,
  t_near: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

const COLUMNS = 4u;
const SLICES = 16u;
var<workgroup> sums: array<array<vec4f, COLUMNS>, SLICES>;
/// The largest query of each slice, and what its softmax adds up to.
var<workgroup> most_of: array<f32, SLICES>;
var<workgroup> total_of: array<f32, SLICES>;

fn number_of(row: u32, i: u32) -> f32 {
  let at = row * ((2u * p.dim + 4u) / 4u) * 4u + i;
  return f32(x[at / 4u][at % 4u]);
}

@compute @workgroup_size(COLUMNS, SLICES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let quads = (p.dim + 3u) / 4u;
  let column = group.x * COLUMNS + local.x;
  let sequence = group.y;
  let start = sequence / p.s_group * p.s_far + sequence % p.s_group * p.s_near;
  var most = -3.0e38;
  var total = 0.0;
  var sum = vec4f();
  for (var t = local.y; t < p.tokens; t += SLICES) {
    let row = start + t / p.t_group * p.t_far + t % p.t_group * p.t_near;
    let query = number_of(row, 0u);
    if query > most {
      let shrink = exp(most - query);
      most = query;
      total *= shrink;
      sum *= shrink;
    }
    let share = exp(query - most);
    total += share;
    for (var i = 0u; i < 4u; i++) {
      if column * 4u + i < p.dim {
        sum[i] += share * number_of(row, 1u + column * 4u + i);
      }
    }
  }
  sums[local.y][local.x] = sum;
  most_of[local.y] = most;
  total_of[local.y] = total;
  workgroupBarrier();
  if local.y != 0u || column >= quads {
    return;
  }
  for (var slice = 1u; slice < SLICES; slice++) {
    most = max(most, most_of[slice]);
  }
  total = 0.0;
  sum = vec4f();
  for (var slice = 0u; slice < SLICES; slice++) {
    let share = exp(most_of[slice] - most);
    total += share * total_of[slice];
    sum += share * sums[slice][local.x];
  }
  y[sequence * quads + column] = Quad(sum / total);
}
