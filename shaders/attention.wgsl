// Multi-head self-attention: softmax(q · kᵀ · scale) · v, where each row of x holds a token's query, key and value.
// A thread computes one head of one token, the softmax as it goes (a running maximum, arXiv 1805.02867).
//
// Token t of sequence s is row (s / s_group) · s_far + (s % s_group) · s_near + the same of t: so the tokens of
// MobileViT's patches are read where they lie in the map.

struct Params {
  sequences: u32,
  tokens: u32,
  heads: u32,
  scale: f32,
  s_group: u32,
  s_far: u32,
  s_near: u32,
  t_group: u32,
  t_far: u32,
  t_near: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
/// The result. Heads may meet within a quad, which another workgroup writes: so numbers are written one by one.
@group(0) @binding(5) var<storage, read_write> numbers: array<Stored>;

/// Numbers of a head.
override HEAD: u32 = 16;
/// The most quads of a head.
const MAX_QUADS = 32u;

fn row_of(sequence: u32, token: u32) -> u32 {
  return sequence / p.s_group * p.s_far + sequence % p.s_group * p.s_near
    + token / p.t_group * p.t_far + token % p.t_group * p.t_near;
}

/// Quad `quad` of the head whose numbers begin at `start`, with zeros beyond its end.
fn load(start: u32, quad: u32) -> vec4f {
  let at = start + quad * 4u;
  if HEAD % 4u == 0u {
    return vec4f(x[at / 4u]);
  }
  var v = vec4f();
  for (var i = 0u; i < min(4u, HEAD - quad * 4u); i++) {
    v[i] = f32(x[(at + i) / 4u][(at + i) % 4u]);
  }
  return v;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let head = id.y;
  let sequence = id.z;
  if token >= p.tokens {
    return;
  }
  let quads = (HEAD + 3u) / 4u;
  let dim = p.heads * HEAD;
  // Numbers from one row to the next: quads are whole.
  let x_row = (3u * dim + 3u) / 4u * 4u;
  let y_row = (dim + 3u) / 4u * 4u;
  let here = row_of(sequence, token);
  var q: array<vec4f, MAX_QUADS>;
  var sums: array<vec4f, MAX_QUADS>;
  for (var i = 0u; i < quads; i++) {
    q[i] = load(here * x_row + head * HEAD, i) * p.scale;
    sums[i] = vec4f();
  }
  var most = -3.0e38;
  var total = 0.0;
  for (var t = 0u; t < p.tokens; t++) {
    let key = row_of(sequence, t) * x_row + dim + head * HEAD;
    var products = vec4f();
    for (var i = 0u; i < quads; i++) {
      products += q[i] * load(key, i);
    }
    let score = dot(products, vec4f(1.0));
    if score > most {
      let shrink = exp(most - score);
      most = score;
      total *= shrink;
      for (var i = 0u; i < quads; i++) {
        sums[i] *= shrink;
      }
    }
    let share = exp(score - most);
    total += share;
    for (var i = 0u; i < quads; i++) {
      sums[i] += share * load(key + dim, i);
    }
  }
  let start = here * y_row + head * HEAD;
  for (var i = 0u; i < quads; i++) {
    let v = sums[i] / total;
    for (var j = 0u; j < min(4u, HEAD - i * 4u); j++) {
      numbers[start + i * 4u + j] = Stored(v[j]);
    }
  }
  // The padding after the last head.
  if head == p.heads - 1u {
    for (var i = dim; i < y_row; i++) {
      numbers[here * y_row + i] = Stored(0.0);
    }
  }
}
