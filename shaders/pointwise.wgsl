// A thread computes four rows of one quad of columns; those beyond the last are not stored.

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let first = group.y * MOST_ROWS;
  find_moments(first, MOST_ROWS, thread);
  let column = group.x * 8u + local.x;
  let i = local.y * 4u;
  let row = first + i;
  if column >= p.columns || row >= p.rows {
    return;
  }
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var k = 0u; k < p.depth; k++) {
    let quad = source(k);
    let b = before(k);
    let a0 = operand(first, i, quad, b);
    let a1 = operand(first, i + 1u, quad, b);
    let a2 = operand(first, i + 2u, quad, b);
    let a3 = operand(first, i + 3u, quad, b);
    let at = k * 4u * p.columns + column;
    let b0 = weight(p.weight, at);
    let b1 = weight(p.weight, at + p.columns);
    let b2 = weight(p.weight, at + 2u * p.columns);
    let b3 = weight(p.weight, at + 3u * p.columns);
    s0 += a0.x * b0 + a0.y * b1 + a0.z * b2 + a0.w * b3;
    s1 += a1.x * b0 + a1.y * b1 + a1.z * b2 + a1.w * b3;
    s2 += a2.x * b0 + a2.y * b1 + a2.z * b2 + a2.w * b3;
    s3 += a3.x * b0 + a3.y * b1 + a3.z * b2 + a3.w * b3;
  }
  finish_four(row, p.rows - row, column, s0, s1, s2, s3);
}
