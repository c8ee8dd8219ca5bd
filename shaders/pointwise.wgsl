// A thread computes four rows of one quad of columns.

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y * 4u;
  if column >= p.columns || row >= p.rows {
    return;
  }
  // Rows beyond the last are computed from the last and not stored.
  let last = p.rows - 1u;
  let r0 = row * p.depth;
  let r1 = min(row + 1u, last) * p.depth;
  let r2 = min(row + 2u, last) * p.depth;
  let r3 = min(row + 3u, last) * p.depth;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var k = 0u; k < p.depth; k++) {
    var a0 = vec4f(x[r0 + k]);
    var a1 = vec4f(x[r1 + k]);
    var a2 = vec4f(x[r2 + k]);
    var a3 = vec4f(x[r3 + k]);
    if p.has_gate != 0u {
      let gate = vec4f(other[k]);
      a0 *= gate;
      a1 *= gate;
      a2 *= gate;
      a3 *= gate;
    }
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
  store(row, column, s0);
  store(row + 1u, column, s1);
  store(row + 2u, column, s2);
  store(row + 3u, column, s3);
}
