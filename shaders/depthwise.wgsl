// Depthwise convolution: one K×K filter per channel, then bias, activation, residual.
// A thread computes four neighbouring pixels of one quad of channels.

struct Params {
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  /// Quads of a pixel.
  channels: u32,
  pad_top: u32,
  pad_left: u32,
  weight: u32,
  bias: u32,
  activation: u32,
  has_residual: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

override KERNEL: u32 = 3;
override STRIDE: u32 = 1;

/// A pixel of a row; zero outside the map.
fn pixel(row: u32, column: i32, channel: u32) -> vec4f {
  let inside = column >= 0 && column < i32(p.width);
  let at = row + u32(clamp(column, 0, i32(p.width) - 1));
  return select(vec4f(), vec4f(x[at * p.channels + channel]), inside);
}

fn store(at: u32, column: u32, channel: u32, sum: vec4f) {
  if column >= p.out_width {
    return;
  }
  finish((at + column) * p.channels + channel, sum, p.bias + channel, p.activation, p.has_residual);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  let column = id.y * 4u;
  let out_row = id.z;
  if channel >= p.channels || column >= p.out_width {
    return;
  }
  let first_row = i32(out_row * STRIDE) - i32(p.pad_top);
  let first_column = i32(column * STRIDE) - i32(p.pad_left);
  let step = i32(STRIDE);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var ky = 0u; ky < KERNEL; ky++) {
    let in_row = first_row + i32(ky);
    if in_row < 0 || in_row >= i32(p.height) {
      continue;
    }
    let row = u32(in_row) * p.width;
    for (var kx = 0u; kx < KERNEL; kx++) {
      let w = weight(p.weight, (ky * KERNEL + kx) * p.channels + channel);
      let at = first_column + i32(kx);
      s0 += w * pixel(row, at, channel);
      s1 += w * pixel(row, at + step, channel);
      s2 += w * pixel(row, at + 2 * step, channel);
      s3 += w * pixel(row, at + 3 * step, channel);
    }
  }
  let at = out_row * p.out_width;
  store(at, column, channel, s0);
  store(at, column + 1u, channel, s1);
  store(at, column + 2u, channel, s2);
  store(at, column + 3u, channel, s3);
}
