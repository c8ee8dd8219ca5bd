// The largest number or the mean under a window, channel by channel. A thread computes a quad of a pixel.

struct Params {
  x: View,
  out: Out,
  window: Window,
  /// Quads of a pixel of the result.
  columns: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x < p.columns && id.y < p.window.out_width {
    let row = id.z * p.window.out_width + id.y;
    finish(row, id.x, pooled(p.window, row, source(id.x)));
  }
}
