// Pillow's resize, first pass: every row of an image gets another width. Sums are fixed-point, so the bytes are Pillow's.
// A thread computes a pixel. The engine's `preprocess.rs` makes the tables.

struct Params {
  /// Pixels of a row of the source.
  source_width: u32,
  width: u32,
  height: u32,
  /// Where the first weight lies among the tables' numbers, after three numbers for each column.
  weights: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> source: array<u32>;
/// For each column its first pixel, the number of pixels and the place of its first weight; then the weights.
@group(0) @binding(4) var<storage, read> tables: array<i32>;
/// One pixel a number: red in the lowest byte.
@group(0) @binding(5) var<storage, read_write> y: array<u32>;

/// Whether the source has three bytes a pixel instead of a number.
override PACKED: bool = true;
const FRACTION_BITS = 22u;

fn byte(at: u32) -> i32 {
  return i32((source[at / 4u] >> (at % 4u * 8u)) & 255u);
}

fn pixel(at: u32) -> vec3i {
  if PACKED {
    return vec3i(byte(at * 3u), byte(at * 3u + 1u), byte(at * 3u + 2u));
  }
  return vec3i((vec3u(source[at]) >> vec3u(0u, 8u, 16u)) & vec3u(255u));
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.width || id.y >= p.height {
    return;
  }
  let start = u32(tables[id.x * 3u]);
  let count = u32(tables[id.x * 3u + 1u]);
  let weights = p.weights + u32(tables[id.x * 3u + 2u]);
  var sum = vec3i(1 << (FRACTION_BITS - 1u));
  for (var i = 0u; i < count; i++) {
    sum += pixel(id.y * p.source_width + start + i) * tables[weights + i];
  }
  let bytes = vec3u(clamp(sum >> vec3u(FRACTION_BITS), vec3i(0), vec3i(255)));
  y[id.y * p.width + id.x] = bytes.x | (bytes.y << 8u) | (bytes.z << 16u);
}
