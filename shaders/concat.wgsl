// The channels of x, then those of the other map, at every pixel. A thread computes a quad.

struct Params {
  rows: u32,
  /// Channels of x and of the other map.
  first: u32,
  second: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channels = p.first + p.second;
  let quads = (channels + 3u) / 4u;
  if id.x >= quads || id.y >= p.rows {
    return;
  }
  let x_row = id.y * ((p.first + 3u) / 4u);
  let other_row = id.y * ((p.second + 3u) / 4u);
  var v = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let channel = id.x * 4u + i;
    if channel < p.first {
      v[i] = f32(x[x_row + channel / 4u][channel % 4u]);
    } else if channel < channels {
      let rest = channel - p.first;
      v[i] = f32(other[other_row + rest / 4u][rest % 4u]);
    }
  }
  y[id.y * quads + id.x] = Quad(v);
}
