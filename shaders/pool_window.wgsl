// The largest number or the mean under a window, channel by channel. A thread computes a quad of a pixel.

struct Params {
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  /// Quads of a pixel.
  channels: u32,
  window_height: u32,
  window_width: u32,
  stride_down: u32,
  stride_across: u32,
  pad_top: u32,
  pad_left: u32,
  pad_bottom: u32,
  pad_right: u32,
  is_average: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

const LEAST = -3.4028234e38;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.channels || id.y >= p.out_width {
    return;
  }
  // Both count from the first row and column of the padding.
  let top = id.z * p.stride_down;
  let left = id.y * p.stride_across;
  let bottom = min(top + p.window_height, p.pad_top + p.height + p.pad_bottom);
  let right = min(left + p.window_width, p.pad_left + p.width + p.pad_right);
  var most = vec4f(LEAST);
  var sum = vec4f();
  for (var row = max(top, p.pad_top); row < min(bottom, p.pad_top + p.height); row++) {
    for (var column = max(left, p.pad_left); column < min(right, p.pad_left + p.width); column++) {
      let pixel = (row - p.pad_top) * p.width + column - p.pad_left;
      let v = vec4f(x[pixel * p.channels + id.x]);
      most = max(most, v);
      sum += v;
    }
  }
  let mean = sum / f32((bottom - top) * (right - left));
  y[(id.z * p.out_width + id.y) * p.channels + id.x] = Quad(select(most, mean, p.is_average != 0u));
}
