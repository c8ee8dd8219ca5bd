// Global average pooling. A workgroup averages four quads of channels; sixteen threads share each sum.

struct Params {
  x: View,
  out: Out,
  pixels: u32,
  /// Quads of a pixel.
  channels: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

const CHANNELS = 4u;
const SLICES = 16u;
var<workgroup> sums: array<array<vec4f, CHANNELS>, SLICES>;

@compute @workgroup_size(CHANNELS, SLICES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let channel = min(id.x, p.channels - 1u);
  let quad = source(channel);
  var sum = vec4f();
  for (var pixel = local.y; pixel < p.pixels; pixel += SLICES) {
    sum += load(pixel, quad);
  }
  sums[local.y][local.x] = sum;
  workgroupBarrier();
  if local.y != 0u || id.x >= p.channels {
    return;
  }
  for (var slice = 1u; slice < SLICES; slice++) {
    sum += sums[slice][local.x];
  }
  finish(0u, channel, sum / f32(p.pixels));
}
