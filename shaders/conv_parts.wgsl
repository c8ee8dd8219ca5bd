// Convolution whose filters read a part of the channels: groups, and windows that slide over channels. Kernels, strides and
// dilations differ down and across. Then bias, activation, residual. A thread computes a quad of a pixel.

struct Params {
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  /// Quads of a pixel of x, and its channels.
  depth: u32,
  channels: u32,
  /// Quads of a pixel of y.
  columns: u32,
  kernel_height: u32,
  kernel_width: u32,
  stride_down: u32,
  stride_across: u32,
  dilation_down: u32,
  dilation_across: u32,
  pad_top: u32,
  pad_left: u32,
  /// Channels that a filter reads, filters of a part, channels from a part to the next, and zeros before the first.
  read: u32,
  filters: u32,
  step: u32,
  before: u32,
  /// Whether all parts have the same filters.
  is_shared: u32,
  /// Channels of y.
  out: u32,
  weight: u32,
  bias: u32,
  activation: u32,
  has_residual: u32,
  /// Planes that the channels of a filter are; computed filters hold all planes of a channel and then of the next.
  planes: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

/// Whether the network computes the filters: `other` holds them in PyTorch's order.
override COMPUTED: bool = false;

/// What a filter multiplies channel `i` of its part with at a tap.
fn filter_weight(which: u32, i: u32, tap: u32, taps: u32) -> f32 {
  if COMPUTED {
    let each = p.read / p.planes;
    let at = (which * p.read + i % each * p.planes + i / each) * taps + tap;
    return f32(other[at / 4u][at % 4u]);
  }
  let all = select(p.out, p.filters, p.is_shared != 0u);
  return weight(p.weight, (i * taps + tap) * ((all + 3u) / 4u) + which / 4u)[which % 4u];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.columns || id.y >= p.out_width {
    return;
  }
  let taps = p.kernel_height * p.kernel_width;
  var sum = vec4f();
  for (var lane = 0u; lane < 4u; lane++) {
    let out = id.x * 4u + lane;
    if out >= p.out {
      break;
    }
    let which = select(out, out % p.filters, p.is_shared != 0u);
    let first = i32(out / p.filters * p.step) - i32(p.before);
    for (var tap = 0u; tap < taps; tap++) {
      let row = i32(id.z * p.stride_down + tap / p.kernel_width * p.dilation_down) - i32(p.pad_top);
      let column = i32(id.y * p.stride_across + tap % p.kernel_width * p.dilation_across) - i32(p.pad_left);
      if row < 0 || row >= i32(p.height) || column < 0 || column >= i32(p.width) {
        continue;
      }
      let pixel = (u32(row) * p.width + u32(column)) * p.depth;
      for (var i = 0u; i < p.read; i++) {
        let channel = first + i32(i);
        if channel >= 0 && channel < i32(p.channels) {
          let c = u32(channel);
          sum[lane] += f32(x[pixel + c / 4u][c % 4u]) * filter_weight(which, i, tap, taps);
        }
      }
    }
  }
  finish((id.z * p.out_width + id.y) * p.columns + id.x, sum, p.bias + id.x, p.activation, p.has_residual);
}
