// Layer normalisation: (x - mean) / √(variance + eps) · scale + shift over each token. A thread computes a token.

struct Params {
  tokens: u32,
  /// Numbers of a token.
  dim: u32,
  eps: f32,
  scale: u32,
  shift: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

/// Which numbers of a quad belong to the token.
fn belongs(quad: u32) -> vec4<bool> {
  return vec4u(quad * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(p.dim);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.tokens {
    return;
  }
  let quads = (p.dim + 3u) / 4u;
  let start = id.x * quads;
  var sum = vec4f();
  for (var i = 0u; i < quads; i++) {
    sum += select(vec4f(), vec4f(x[start + i]), belongs(i));
  }
  let mean = dot(sum, vec4f(1.0)) / f32(p.dim);
  var squares = vec4f();
  for (var i = 0u; i < quads; i++) {
    let off = select(vec4f(), vec4f(x[start + i]) - mean, belongs(i));
    squares += off * off;
  }
  let scale = inverseSqrt(dot(squares, vec4f(1.0)) / f32(p.dim) + p.eps);
  for (var i = 0u; i < quads; i++) {
    y[start + i] = Quad((vec4f(x[start + i]) - mean) * scale * number(p.scale + i) + number(p.shift + i));
  }
}
