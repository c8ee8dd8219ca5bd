// Convolution over all channels. A thread computes four neighbouring pixels of one quad of channels.

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
  dilation_down: u32,
  dilation_across: u32,
  pad_top: u32,
  pad_left: u32,
  weight: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

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
      let tap = (ky * p.kernel_width + kx) * p.depth;
      for (var k = 0u; k < p.depth; k++) {
        let quad = source(k);
        let a0 = load(pixel.x, quad) * inside.x;
        let a1 = load(pixel.y, quad) * inside.y;
        let a2 = load(pixel.z, quad) * inside.z;
        let a3 = load(pixel.w, quad) * inside.w;
        let b = (tap + k) * 4u * p.columns + column;
        let b0 = weight(p.weight, b);
        let b1 = weight(p.weight, b + p.columns);
        let b2 = weight(p.weight, b + 2u * p.columns);
        let b3 = weight(p.weight, b + 3u * p.columns);
        s0 += a0.x * b0 + a0.y * b1 + a0.z * b2 + a0.w * b3;
        s1 += a1.x * b0 + a1.y * b1 + a1.z * b2 + a1.w * b3;
        s2 += a2.x * b0 + a2.y * b1 + a2.z * b2 + a2.w * b3;
        s3 += a3.x * b0 + a3.y * b1 + a3.z * b2 + a3.w * b3;
      }
    }
  }
  finish_four(out_row * p.out_width + out_column, p.out_width - out_column, column, s0, s1, s2, s3);
}
