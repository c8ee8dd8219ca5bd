// What the shaders begin with that read values as they lie and end with what follows in the network: where the channels of a value
// are in a row, and how a result is finished and stored.

const NONE = 0xffffffffu;

/// Which quads of a row of x are read.
struct View {
  /// Quads from a row to the next.
  stride: u32,
  /// The first that is read.
  first: u32,
  /// Where among the weights it says which quads, counted from the first, are read one after the other; NONE: all from there on.
  table: u32,
  unused: u32,
}

/// A value that meets a result.
struct Joined {
  /// 0: none; 1: is added, 2: multiplies, 3: the mean of both is meant; + 4: it lies in y; + 8: `b` multiplies it, and nothing else.
  how: u32,
  /// Quads from a row to the next, and the first that is read.
  stride: u32,
  first: u32,
  /// Where among the weights it says for each number of the result which number of the row it meets; NONE: quad by quad.
  table: u32,
}

/// What becomes of a sum: slope(b(a(act(sum + bias))) · scale + shift), then the last activation; each where there is one.
struct Out {
  /// Quads from a row of y to the next, and the first that is written.
  stride: u32,
  first: u32,
  bias: u32,
  activation: u32,
  /// Met with what is in `residual` and in `other`.
  a: Joined,
  b: Joined,
  scale: u32,
  shift: u32,
  slope: u32,
  last: u32,
  /// The first quad of a row of y where what has met `a` is stored too.
  raw: u32,
  unused_1: u32,
  unused_2: u32,
  unused_3: u32,
}

/// Whether x lies in y, which holds several values.
override IN_PLACE: bool = false;

/// The quad of a row of x that is read as number `k`.
fn source(k: u32) -> u32 {
  if p.x.table == NONE {
    return p.x.first + k;
  }
  return p.x.first + weights[p.x.table + k / 4u][k % 4u];
}

/// A quad of x.
fn load(row: u32, quad: u32) -> vec4f {
  let at = row * p.x.stride + quad;
  if IN_PLACE {
    return vec4f(y[at]);
  }
  return vec4f(x[at]);
}

/// Quad `at` of what meets a result; `is_b`: of what lies in `other`, not in `residual`.
fn quad_of(met: Joined, is_b: bool, at: u32) -> vec4f {
  if (met.how & 4u) != 0u {
    return vec4f(y[at]);
  }
  if is_b {
    return vec4f(other[at]);
  }
  return vec4f(residual[at]);
}

/// What meets quad `column` of a row of the result.
fn quad_met(met: Joined, is_b: bool, row: u32, column: u32) -> vec4f {
  let at = row * met.stride + met.first;
  if met.table == NONE {
    return quad_of(met, is_b, at + column);
  }
  let slots = weights[met.table + column];
  var quad: vec4f;
  for (var i = 0u; i < 4u; i++) {
    quad[i] = quad_of(met, is_b, at + slots[i] / 4u)[slots[i] % 4u];
  }
  return quad;
}

fn meet(v: vec4f, met: vec4f, how: u32) -> vec4f {
  switch how & 3u {
    case 1u: { return v + met; }
    case 2u: { return v * met; }
    default: { return (v + met) * 0.5; }
  }
}

/// Ends a sum, and stores it.
fn finish(row: u32, column: u32, sum: vec4f) {
  var v = sum;
  if p.out.bias != NONE {
    v += number(p.out.bias + column);
  }
  v = activate(v, p.out.activation);
  if p.out.a.how != 0u {
    var met = quad_met(p.out.a, false, row, column);
    if (p.out.a.how & 8u) != 0u {
      met *= quad_met(p.out.b, true, row, column);
    }
    v = meet(v, met, p.out.a.how);
  }
  let start = row * p.out.stride + column;
  if p.out.raw != NONE {
    y[start + p.out.raw] = Quad(v);
  }
  if (p.out.b.how & 3u) != 0u {
    v = meet(v, quad_met(p.out.b, true, row, column), p.out.b.how);
  }
  if p.out.scale != NONE {
    v = v * number(p.out.scale + column) + number(p.out.shift + column);
  }
  if p.out.slope != NONE {
    v = select(v, v * number(p.out.slope + column), v < vec4f());
  }
  y[start + p.out.first] = Quad(activate(v, p.out.last));
}

/// Ends four sums, of neighbouring pixels of a row of which so many remain, and stores them. By a loop: `finish` is long, and four of it
/// would take most of the time that a kernel takes to compile.
fn finish_four(row: u32, remain: u32, column: u32, s0: vec4f, s1: vec4f, s2: vec4f, s3: vec4f) {
  var sums = array<vec4f, 4>(s0, s1, s2, s3);
  for (var i = 0u; i < min(remain, 4u); i++) {
    finish(row + i, column, sums[i]);
  }
}
