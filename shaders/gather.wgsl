// Numbers of up to three values, in any order: shuffles, slices and concatenations that cannot be read as they are. A thread computes
// a quad.

struct Params {
  rows: u32,
  /// Quads of a row that are written, from the first on, and from a row of y to the next.
  columns: u32,
  first: u32,
  stride: u32,
  /// Where the table begins among the weights: for each number a value's number, and in the lower 24 bits which number of its row.
  table: u32,
  /// Quads from a row of each value to the next.
  strides_x: u32,
  strides_residual: u32,
  strides_other: u32,
  /// Bits of the values that lie in y.
  in_place: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

fn quad_of(value: u32, row: u32, quad: u32) -> vec4f {
  switch value {
    case 0u: {
      let at = row * p.strides_x + quad;
      if (p.in_place & 1u) != 0u {
        return vec4f(y[at]);
      }
      return vec4f(x[at]);
    }
    case 1u: {
      let at = row * p.strides_residual + quad;
      if (p.in_place & 2u) != 0u {
        return vec4f(y[at]);
      }
      return vec4f(residual[at]);
    }
    case 2u: {
      let at = row * p.strides_other + quad;
      if (p.in_place & 4u) != 0u {
        return vec4f(y[at]);
      }
      return vec4f(other[at]);
    }
    default: { return vec4f(); }
  }
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.columns || id.y >= p.rows {
    return;
  }
  let entries = weights[p.table + id.x];
  var v = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let number = entries[i] & 0xffffffu;
    v[i] = quad_of(entries[i] >> 24u, id.y, number / 4u)[number % 4u];
  }
  y[id.y * p.stride + p.first + id.x] = Quad(v);
}
