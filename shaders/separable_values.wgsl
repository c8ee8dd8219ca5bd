// The end of separable self-attention: relu(value) of every token times its sequence's context, which is in `other`. Each row of
// x holds a token's query, key and value. A thread computes a quad.
//
// Token t of sequence s is row (s / s_group) · s_far + (s % s_group) · s_near + the same of t, as in attention.wgsl.

struct Params {
  sequences: u32,
  tokens: u32,
  /// Numbers of a value.
  dim: u32,
  s_group: u32,
  s_far: u32,
  s_near: u32,
  t_group: u32,
  t_far: u32,
  t_near: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let quads = (p.dim + 3u) / 4u;
  if id.x >= quads || id.y >= p.tokens {
    return;
  }
  let row = id.z / p.s_group * p.s_far + id.z % p.s_group * p.s_near
    + id.y / p.t_group * p.t_far + id.y % p.t_group * p.t_near;
  let start = row * ((2u * p.dim + 4u) / 4u) * 4u + 1u + p.dim + id.x * 4u;
  var value = vec4f();
  for (var i = 0u; i < 4u; i++) {
    if id.x * 4u + i < p.dim {
      value[i] = f32(x[(start + i) / 4u][(start + i) % 4u]);
    }
  }
  y[row * quads + id.x] = Quad(max(value, vec4f()) * vec4f(other[id.z * quads + id.x]));
}
