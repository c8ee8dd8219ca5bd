// Convolution whose filters read a part of the channels: groups, windows that slide over channels, filters that the network computes.
// For each quad of the result it is listed which quads of a pixel its filters read, or which numbers where those lie scattered, and the
// weights of each four numbers are a block: zeros where a filter does not read a channel. A thread computes four neighbouring pixels of
// one quad of channels.

struct Params {
  x: View,
  out: Out,
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  /// Entries of a list.
  depth: u32,
  /// Quads of a pixel of the result.
  columns: u32,
  kernel_height: u32,
  kernel_width: u32,
  stride_down: u32,
  stride_across: u32,
  dilation_down: u32,
  dilation_across: u32,
  pad_top: u32,
  pad_left: u32,
  weight: u32,
  /// Where the lists begin among the weights: a number of a row's quad for each entry, or four numbers'.
  places: u32,
  /// Normalisation and activation of what is read, a quad for each entry of the lists, if it is SCALED.
  before_scale: u32,
  before_shift: u32,
  before_activation: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

/// Whether the network computes the filters: `other` holds them.
override COMPUTED: bool = false;
/// Whether the lists are of numbers, not of quads.
override SCATTERED: bool = false;
/// Whether what is read is normalised first.
override SCALED: bool = false;

/// What a list's entry says of a pixel: a quad's number, or those of four numbers.
fn places(entry: u32) -> vec4u {
  if SCATTERED {
    return weights[p.places + entry];
  }
  return vec4u(weights[p.places + entry / 4u][entry % 4u]);
}

/// What lies there.
fn pick(pixel: u32, at: vec4u) -> vec4f {
  if SCATTERED {
    var v: vec4f;
    for (var i = 0u; i < 4u; i++) {
      v[i] = load(pixel, p.x.first + at[i] / 4u)[at[i] % 4u];
    }
    return v;
  }
  return load(pixel, p.x.first + at.x);
}

fn row_of_block(at: u32) -> vec4f {
  if COMPUTED {
    return vec4f(other[p.weight + at]);
  }
  return weight(p.weight, at);
}

/// A quad of x, normalised by entry `at` of the lists.
fn before(a: vec4f, at: u32) -> vec4f {
  if !SCALED {
    return a;
  }
  return activate(a * number(p.before_scale + at) + number(p.before_shift + at), p.before_activation);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let out_column = id.y * 4u;
  let out_row = id.z;
  if column >= p.columns || out_column >= p.out_width {
    return;
  }
  let first_row = i32(out_row * p.stride_down) - i32(p.pad_top);
  let first_column = i32(out_column * p.stride_across) - i32(p.pad_left);
  let step = i32(p.stride_across);
  let width = i32(p.width);
  let taps = p.kernel_height * p.kernel_width;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var ky = 0u; ky < p.kernel_height; ky++) {
    let in_row = first_row + i32(ky * p.dilation_down);
    if in_row < 0 || in_row >= i32(p.height) {
      continue;
    }
    for (var kx = 0u; kx < p.kernel_width; kx++) {
      let at = vec4i(first_column + i32(kx * p.dilation_across)) + step * vec4i(0, 1, 2, 3);
      // Pixels outside the map count as zero: they are read from inside and multiplied by that.
      let inside = select(vec4f(), vec4f(1.0), (at >= vec4i(0)) & (at < vec4i(width)));
      let pixel = vec4u(in_row * width + clamp(at, vec4i(0), vec4i(width - 1)));
      let tap = (column * taps + ky * p.kernel_width + kx) * p.depth;
      for (var k = 0u; k < p.depth; k++) {
        let entry = column * p.depth + k;
        let found = places(entry);
        let a0 = before(pick(pixel.x, found), entry) * inside.x;
        let a1 = before(pick(pixel.y, found), entry) * inside.y;
        let a2 = before(pick(pixel.z, found), entry) * inside.z;
        let a3 = before(pick(pixel.w, found), entry) * inside.w;
        let b = (tap + k) * 4u;
        let b0 = row_of_block(b);
        let b1 = row_of_block(b + 1u);
        let b2 = row_of_block(b + 2u);
        let b3 = row_of_block(b + 3u);
        s0 += a0.x * b0 + a0.y * b1 + a0.z * b2 + a0.w * b3;
        s1 += a1.x * b0 + a1.y * b1 + a1.z * b2 + a1.w * b3;
        s2 += a2.x * b0 + a2.y * b1 + a2.z * b2 + a2.w * b3;
        s3 += a3.x * b0 + a3.y * b1 + a3.z * b2 + a3.w * b3;
      }
    }
  }
  finish_four(out_row * p.out_width + out_column, p.out_width - out_column, column, s0, s1, s2, s3);
}
