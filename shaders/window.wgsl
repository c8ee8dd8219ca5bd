// What the shaders begin with that read maps under pooling windows.

struct Window {
  /// Of the map.
  height: u32,
  width: u32,
  /// Windows across.
  out_width: u32,
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

const LEAST = -3.4028234e38;

/// The largest numbers or the means under window number `at`, counted by rows, of a quad of x.
fn pooled(w: Window, at: u32, quad: u32) -> vec4f {
  // All count from the first row and column of the padding.
  let top = at / w.out_width * w.stride_down;
  let left = at % w.out_width * w.stride_across;
  let bottom = min(top + w.window_height, w.pad_top + w.height + w.pad_bottom);
  let right = min(left + w.window_width, w.pad_left + w.width + w.pad_right);
  var most = vec4f(LEAST);
  var sum = vec4f();
  for (var row = max(top, w.pad_top); row < min(bottom, w.pad_top + w.height); row++) {
    for (var column = max(left, w.pad_left); column < min(right, w.pad_left + w.width); column++) {
      let v = load((row - w.pad_top) * w.width + column - w.pad_left, quad);
      most = max(most, v);
      sum += v;
    }
  }
  let mean = sum / f32((bottom - top) * (right - left));
  return select(most, mean, w.is_average != 0u);
}
