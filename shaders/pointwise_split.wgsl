// For results too small to occupy a GPU with a thread for each: eight threads share every sum. A workgroup computes ROWS
// rows of eight quads of columns.

/// One or four.
override ROWS: u32 = 4;
const COLUMNS = 8u;
const SLICES = 8u;
var<workgroup> sums: array<array<array<vec4f, COLUMNS>, 4>, SLICES>;

@compute @workgroup_size(COLUMNS, SLICES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let slice = local.y;
  let first = group.y * ROWS;
  find_moments(first, ROWS, thread);
  let column = group.x * COLUMNS + local.x;
  // Columns beyond the last are computed from the last and not stored: barriers want every thread.
  let from_column = min(column, p.columns - 1u);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var k = slice; k < p.depth; k += SLICES) {
    let at = k * 4u * p.columns + from_column;
    let b0 = weight(p.weight, at);
    let b1 = weight(p.weight, at + p.columns);
    let b2 = weight(p.weight, at + 2u * p.columns);
    let b3 = weight(p.weight, at + 3u * p.columns);
    let quad = source(k);
    let b = before(k);
    let a0 = operand(first, 0u, quad, b);
    s0 += a0.x * b0 + a0.y * b1 + a0.z * b2 + a0.w * b3;
    if ROWS > 1u {
      let a1 = operand(first, 1u, quad, b);
      let a2 = operand(first, 2u, quad, b);
      let a3 = operand(first, 3u, quad, b);
      s1 += a1.x * b0 + a1.y * b1 + a1.z * b2 + a1.w * b3;
      s2 += a2.x * b0 + a2.y * b1 + a2.z * b2 + a2.w * b3;
      s3 += a3.x * b0 + a3.y * b1 + a3.z * b2 + a3.w * b3;
    }
  }
  sums[slice][0][local.x] = s0;
  if ROWS > 1u {
    sums[slice][1][local.x] = s1;
    sums[slice][2][local.x] = s2;
    sums[slice][3][local.x] = s3;
  }
  workgroupBarrier();
  // Each of the first slices finishes a row.
  if slice >= ROWS {
    return;
  }
  var sum = vec4f();
  for (var i = 0u; i < SLICES; i++) {
    sum += sums[i][slice][local.x];
  }
  store(first + slice, column, sum);
}
