// Transposed convolution: pixel (y, x) of the input adds filter tap (ky, kx) to pixel (y · stride + ky - pad, x · stride + kx - pad) of
// the output. A thread computes a quad of a pixel of the output, from the pixels and taps that meet there.

struct Params {
  x: View,
  out: Out,
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  /// Quads of a pixel of x that are read.
  depth: u32,
  /// Quads of a pixel of the result.
  columns: u32,
  kernel_height: u32,
  kernel_width: u32,
  stride_down: u32,
  stride_across: u32,
  pad_top: u32,
  pad_left: u32,
  weight: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.columns || id.y >= p.out_width {
    return;
  }
  var sum = vec4f();
  for (var ky = (id.z + p.pad_top) % p.stride_down; ky < p.kernel_height; ky += p.stride_down) {
    if ky > id.z + p.pad_top || (id.z + p.pad_top - ky) / p.stride_down >= p.height {
      continue;
    }
    let row = (id.z + p.pad_top - ky) / p.stride_down;
    for (var kx = (id.y + p.pad_left) % p.stride_across; kx < p.kernel_width; kx += p.stride_across) {
      if kx > id.y + p.pad_left || (id.y + p.pad_left - kx) / p.stride_across >= p.width {
        continue;
      }
      let column = (id.y + p.pad_left - kx) / p.stride_across;
      for (var k = 0u; k < p.depth; k++) {
        let a = load(row * p.width + column, source(k));
        let b = ((ky * p.kernel_width + kx) * p.depth + k) * 4u * p.columns + id.x;
        sum += a.x * weight(p.weight, b)
          + a.y * weight(p.weight, b + p.columns)
          + a.z * weight(p.weight, b + 2u * p.columns)
          + a.w * weight(p.weight, b + 3u * p.columns);
      }
    }
  }
  finish(id.z * p.out_width + id.y, id.x, sum);
}
