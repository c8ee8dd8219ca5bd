// What the shaders of 1×1 convolutions and linear layers begin with: the sum over k of before(x[r, k]) · w[k, n], where before may
// gate, normalise or pool.

struct Params {
  x: View,
  out: Out,
  window: Window,
  rows: u32,
  /// Quads of a row of x that are read.
  depth: u32,
  /// Quads of a row of the result.
  columns: u32,
  weight: u32,
  /// The first quad of gates, one a quad; NONE: there are none.
  gate: u32,
  /// Batch normalisation, PReLU and activation of x, if it is SCALED; no PReLU: NONE.
  before_scale: u32,
  before_shift: u32,
  before_slope: u32,
  before_activation: u32,
  /// Of layer normalisation: numbers of a row, ε, and of all of x the positions of a slice, the last of which may have fewer, and slices.
  dim: u32,
  eps: f32,
  each: u32,
  slices: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

/// Whether x is scaled, shifted and what follows from it before it is multiplied.
override SCALED: bool = false;

/// What is done to the quads of x that are read as number k.
struct Before {
  factor: vec4f,
  term: vec4f,
  slope: vec4f,
}

fn before(k: u32) -> Before {
  var b: Before;
  if p.gate != NONE {
    b.factor = vec4f(other[p.gate + k]);
  }
  if SCALED {
    b.factor = number(p.before_scale + k);
    b.term = number(p.before_shift + k);
    if p.before_slope != NONE {
      b.slope = number(p.before_slope + k);
    }
  }
  return b;
}

fn prepare(v: vec4f, b: Before) -> vec4f {
  if p.gate != NONE {
    return v * b.factor;
  }
  if SCALED {
    let normal = v * b.factor + b.term;
    if p.before_slope != NONE {
      return select(normal, normal * b.slope, normal < vec4f());
    }
    return activate(normal, p.before_activation);
  }
  return v;
}

/// Layer normalisation of x, whose scale and shift the weights have: 0: none; 1: of each row; 2: of all of x by the moments of its
/// slices, which are in `other`.
override NORMALISED: u32 = 0;
/// Rows of a workgroup, at most.
const MOST_ROWS = 32u;
/// The mean of each row, and what is left is multiplied with.
var<workgroup> moments: array<vec2f, MOST_ROWS>;

fn moments_of(row: u32) -> vec2f {
  var sum = vec4f();
  for (var k = 0u; k < p.depth; k++) {
    sum += load(row, source(k)) * belongs(k);
  }
  let mean = dot(sum, vec4f(1.0)) / f32(p.dim);
  var squares = vec4f();
  for (var k = 0u; k < p.depth; k++) {
    let off = (load(row, source(k)) - mean) * belongs(k);
    squares += off * off;
  }
  return vec2f(mean, inverseSqrt(dot(squares, vec4f(1.0)) / f32(p.dim) + p.eps));
}

/// Which numbers of a row's quad are no padding, as ones.
fn belongs(quad: u32) -> vec4f {
  return select(vec4f(), vec4f(1.0), vec4u(quad * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(p.dim));
}

fn moments_of_all() -> vec2f {
  // All means are measured from the first, so that the squares of small differences add up.
  let start = f32(other[0].x);
  var mean = 0.0;
  var square = 0.0;
  for (var slice = 0u; slice < p.slices; slice++) {
    let share = f32(min(p.each, p.rows - slice * p.each)) / f32(p.rows);
    let of_slice = vec2f(other[slice].xy);
    let off = of_slice.x - start;
    mean += share * off;
    square += share * (of_slice.y * of_slice.y + off * off);
  }
  return vec2f(start + mean, inverseSqrt(max(square - mean * mean, 0.0) + p.eps));
}

/// What layer normalisation needs to know of so many rows, for all threads of a workgroup.
fn find_moments(first: u32, rows: u32, thread: u32) {
  if NORMALISED != 0u {
    if thread < rows {
      if NORMALISED == 1u {
        moments[thread] = moments_of(min(first + thread, p.rows - 1u));
      } else {
        moments[thread] = moments_of_all();
      }
    }
    workgroupBarrier();
  }
}

/// Whether x is read under windows.
override POOLED: bool = false;

/// A quad of row `i` of those that begin with the workgroup's first; rows beyond the last are read from the last.
fn operand(first: u32, i: u32, quad: u32, b: Before) -> vec4f {
  let row = min(first + i, p.rows - 1u);
  if POOLED {
    return pooled(p.window, row, quad);
  }
  let v = load(row, quad);
  if NORMALISED != 0u {
    return (v - moments[i].x) * moments[i].y;
  }
  return prepare(v, b);
}

/// Ends a sum, unless its row or column is beyond the last.
fn store(row: u32, column: u32, sum: vec4f) {
  if row < p.rows && column < p.columns {
    finish(row, column, sum);
  }
}
