// A workgroup computes 32 rows of eight quads of columns, and reads what they share once, into its own memory. A thread
// computes four rows of one quad of columns.

const SIDE = 8u;
const ROWS = 4u;
/// Quads of some rows of x: as deep as a workgroup is wide.
var<workgroup> left: array<array<vec4f, SIDE>, SIDE * ROWS>;
/// The weights that meet them.
var<workgroup> right: array<array<vec4f, SIDE>, SIDE * 4>;

/// A quad of x; zero beyond the end of a row.
fn left_quad(first: u32, i: u32, quad: u32, k: u32, b: Before) -> vec4f {
  if k >= p.depth {
    return vec4f();
  }
  return operand(first, i, quad, b);
}

/// A quad of the weights; zero beyond the last row. Columns beyond the last are read from the last and not stored.
fn right_quad(k: u32, column: u32) -> vec4f {
  if k >= p.depth * 4u {
    return vec4f();
  }
  return weight(p.weight, k * p.columns + min(column, p.columns - 1u));
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let top = group.y * SIDE * ROWS;
  find_moments(top, SIDE * ROWS, thread);
  let column = group.x * SIDE + local.x;
  let first = local.y * ROWS;
  let row = top + first;
  var sums: array<vec4f, ROWS>;
  for (var k = 0u; k < p.depth; k += SIDE) {
    let here = min(k + local.x, p.depth - 1u);
    let quad = source(here);
    let b = before(here);
    for (var i = 0u; i < 4u; i++) {
      left[first + i][local.x] = left_quad(top, first + i, quad, k + local.x, b);
      right[first + i][local.x] = right_quad(k * 4u + first + i, column);
    }
    workgroupBarrier();
    for (var j = 0u; j < SIDE; j++) {
      let b0 = right[j * 4u][local.x];
      let b1 = right[j * 4u + 1u][local.x];
      let b2 = right[j * 4u + 2u][local.x];
      let b3 = right[j * 4u + 3u][local.x];
      for (var i = 0u; i < ROWS; i++) {
        let a = left[first + i][j];
        sums[i] += a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < ROWS; i++) {
    store(row + i, column, sums[i]);
  }
}
