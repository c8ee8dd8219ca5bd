// Depthwise convolution: one filter per channel. A thread computes four neighbouring pixels of one quad of channels.

struct Params {
  x: View,
  out: Out,
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  /// Quads of a pixel of the result.
  channels: u32,
  dilation_down: u32,
  dilation_across: u32,
  pad_top: u32,
  pad_left: u32,
  weight: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

override KERNEL_HEIGHT: u32 = 3;
override KERNEL_WIDTH: u32 = 3;
override STRIDE_DOWN: u32 = 1;
override STRIDE_ACROSS: u32 = 1;

/// A pixel of a row; zero outside the map.
fn pixel(row: u32, column: i32, quad: u32) -> vec4f {
  let inside = column >= 0 && column < i32(p.width);
  let at = row + u32(clamp(column, 0, i32(p.width) - 1));
  return select(vec4f(), load(at, quad), inside);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  let column = id.y * 4u;
  let out_row = id.z;
  if channel >= p.channels || column >= p.out_width {
    return;
  }
  let quad = source(channel);
  let first_row = i32(out_row * STRIDE_DOWN) - i32(p.pad_top);
  let first_column = i32(column * STRIDE_ACROSS) - i32(p.pad_left);
  let step = i32(STRIDE_ACROSS);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var ky = 0u; ky < KERNEL_HEIGHT; ky++) {
    let in_row = first_row + i32(ky * p.dilation_down);
    if in_row < 0 || in_row >= i32(p.height) {
      continue;
    }
    let row = u32(in_row) * p.width;
    for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
      let w = weight(p.weight, (ky * KERNEL_WIDTH + kx) * p.channels + channel);
      let at = first_column + i32(kx * p.dilation_across);
      s0 += w * pixel(row, at, quad);
      s1 += w * pixel(row, at + step, quad);
      s2 += w * pixel(row, at + 2 * step, quad);
      s3 += w * pixel(row, at + 3 * step, quad);
    }
  }
  finish_four(out_row * p.out_width + column, p.out_width - column, channel, s0, s1, s2, s3);
}
