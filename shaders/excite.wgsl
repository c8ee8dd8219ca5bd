// The two linear layers of squeeze-and-excitation, from channel means to gates, in one workgroup; and the means before, of small
// maps. Or the first layer alone.

struct Params {
  /// Quads of a row of x that are read, and the first of them.
  depth: u32,
  first: u32,
  /// Where among the weights it says which quads, counted from the first, are read one after the other; NONE: all from there on.
  table: u32,
  /// Quads from a row to the next.
  stride: u32,
  /// Rows whose mean is meant.
  rows: u32,
  /// Quads of the gates; 0: what the first layer computes is the result.
  channels: u32,
  /// Quads between the layers.
  hidden: u32,
  reduce_weight: u32,
  reduce_bias: u32,
  reduce_activation: u32,
  expand_weight: u32,
  expand_bias: u32,
  expand_activation: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

const NONE = 0xffffffffu;

/// Whether x is a map.
override POOLED: bool = false;

const THREADS = 256u;
/// The most quads between the layers.
const MAX_HIDDEN = 256u;
var<workgroup> between: array<vec4f, MAX_HIDDEN>;
/// Sums of some rows each, and the means of all; a map has no more quads than there are threads.
var<workgroup> sums: array<vec4f, THREADS>;
var<workgroup> means: array<vec4f, THREADS>;

/// The quad of a row that is read as number `k`.
fn source(k: u32) -> u32 {
  if p.table == NONE {
    return p.first + k;
  }
  return p.first + weights[p.table + k / 4u][k % 4u];
}

/// As many threads as there are for each quad of a row share its sum.
fn find_means(thread: u32) {
  let slices = THREADS / p.depth;
  let number = thread % p.depth;
  var sum = vec4f();
  if thread < slices * p.depth {
    let quad = source(number);
    for (var row = thread / p.depth; row < p.rows; row += slices) {
      sum += vec4f(x[row * p.stride + quad]);
    }
  }
  sums[thread] = sum;
  workgroupBarrier();
  if thread < p.depth {
    for (var slice = 1u; slice < slices; slice++) {
      sum += sums[slice * p.depth + thread];
    }
    means[thread] = sum / f32(p.rows);
  }
  workgroupBarrier();
}

fn mean(k: u32) -> vec4f {
  if POOLED {
    return means[k];
  }
  return vec4f(x[source(k)]);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32) {
  if POOLED {
    find_means(thread);
  }
  for (var column = thread; column < p.hidden; column += THREADS) {
    var sum = number(p.reduce_bias + column);
    for (var k = 0u; k < p.depth; k++) {
      let a = mean(k);
      let at = k * 4u * p.hidden + column;
      sum += a.x * weight(p.reduce_weight, at)
        + a.y * weight(p.reduce_weight, at + p.hidden)
        + a.z * weight(p.reduce_weight, at + 2u * p.hidden)
        + a.w * weight(p.reduce_weight, at + 3u * p.hidden);
    }
    let reduced = activate(sum, p.reduce_activation);
    if p.channels == 0u {
      y[column] = Quad(reduced);
    } else {
      between[column] = reduced;
    }
  }
  workgroupBarrier();
  for (var column = thread; column < p.channels; column += THREADS) {
    var sum = number(p.expand_bias + column);
    for (var k = 0u; k < p.hidden; k++) {
      let a = between[k];
      let at = k * 4u * p.channels + column;
      sum += a.x * weight(p.expand_weight, at)
        + a.y * weight(p.expand_weight, at + p.channels)
        + a.z * weight(p.expand_weight, at + 2u * p.channels)
        + a.w * weight(p.expand_weight, at + 3u * p.channels);
    }
    y[column] = Quad(activate(sum, p.expand_activation));
  }
}
