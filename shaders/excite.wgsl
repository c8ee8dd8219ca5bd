// The two linear layers of squeeze-and-excitation, from channel means to gates, in one workgroup.

struct Params {
  /// Quads of x, and of the gates.
  channels: u32,
  /// Quads between the layers.
  hidden: u32,
  reduce_weight: u32,
  reduce_bias: u32,
  reduce_activation: u32,
  expand_weight: u32,
  expand_bias: u32,
  expand_activation: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

const THREADS = 64u;
/// The most quads between the layers.
const MAX_HIDDEN = 256u;
var<workgroup> between: array<vec4f, MAX_HIDDEN>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32) {
  for (var column = thread; column < p.hidden; column += THREADS) {
    var sum = number(p.reduce_bias + column);
    for (var k = 0u; k < p.channels; k++) {
      let a = vec4f(x[k]);
      let at = k * 4u * p.hidden + column;
      sum += a.x * weight(p.reduce_weight, at)
        + a.y * weight(p.reduce_weight, at + p.hidden)
        + a.z * weight(p.reduce_weight, at + 2u * p.hidden)
        + a.w * weight(p.reduce_weight, at + 3u * p.hidden);
    }
    between[column] = activate(sum, p.reduce_activation);
  }
  workgroupBarrier();
  for (var column = thread; column < p.channels; column += THREADS) {
    var sum = number(p.expand_bias + column);
    for (var k = 0u; k < p.hidden; k++) {
      let a = between[k];
      let at = k * 4u * p.channels + column;
      sum += a.x * weight(p.expand_weight, at)
        + a.y * weight(p.expand_weight, at + p.channels)
        + a.z * weight(p.expand_weight, at + 2u * p.channels)
        + a.w * weight(p.expand_weight, at + 3u * p.channels);
    }
    y[column] = Quad(activate(sum, p.expand_activation));
  }
}
