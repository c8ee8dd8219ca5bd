// Pillow's resize, second pass: every column gets another height. Then the picture is padded with black to its size, and
// either stays bytes or becomes a network's input. A thread computes a pixel.

struct Params {
  /// The picture's size.
  width: u32,
  height: u32,
  /// Size of the resized image within it, and where its first pixel lies.
  shown_width: u32,
  shown_height: u32,
  pad_left: u32,
  pad_top: u32,
  /// Where the first weight lies among the tables' numbers, after three numbers for each row.
  weights: u32,
  mean_red: f32,
  mean_green: f32,
  mean_blue: f32,
  std_red: f32,
  std_green: f32,
  std_blue: f32,
  /// Whether the network reads blue first.
  is_bgr: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
/// One pixel a number: red in the lowest byte.
@group(0) @binding(1) var<storage, read> source: array<u32>;
/// For each row its first row of the source, the number of rows and the place of its first weight; then the weights.
@group(0) @binding(4) var<storage, read> tables: array<i32>;
/// A pixel is one number, or four floats (f32 or f16): (byte / 255 - mean) / std, and zero.
@group(0) @binding(5) var<storage, read_write> y: array<u32>;

/// Whether the picture becomes a network's input.
override NORMALISE: bool = true;
/// Whether that is in f16.
override HALF: bool = false;
const FRACTION_BITS = 22u;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.width || id.y >= p.height {
    return;
  }
  var bytes = vec3u();
  let column = id.x - p.pad_left;
  let row = id.y - p.pad_top;
  // Before the first pixel these are huge.
  if column < p.shown_width && row < p.shown_height {
    let start = u32(tables[row * 3u]);
    let count = u32(tables[row * 3u + 1u]);
    let weights = p.weights + u32(tables[row * 3u + 2u]);
    var sum = vec3i(1 << (FRACTION_BITS - 1u));
    for (var i = 0u; i < count; i++) {
      let pixel = (vec3u(source[(start + i) * p.shown_width + column]) >> vec3u(0u, 8u, 16u)) & vec3u(255u);
      sum += vec3i(pixel) * tables[weights + i];
    }
    bytes = vec3u(clamp(sum >> vec3u(FRACTION_BITS), vec3i(0), vec3i(255)));
  }
  let at = id.y * p.width + id.x;
  if NORMALISE {
    let mean = vec3f(p.mean_red, p.mean_green, p.mean_blue);
    let deviation = vec3f(p.std_red, p.std_green, p.std_blue);
    let rgb = (vec3f(bytes) / 255.0 - mean) / deviation;
    let v = select(rgb, rgb.zyx, p.is_bgr != 0u);
    if HALF {
      y[at * 2u] = pack2x16float(v.xy);
      y[at * 2u + 1u] = pack2x16float(vec2f(v.z, 0.0));
    } else {
      y[at * 4u] = bitcast<u32>(v.x);
      y[at * 4u + 1u] = bitcast<u32>(v.y);
      y[at * 4u + 2u] = bitcast<u32>(v.z);
      y[at * 4u + 3u] = 0u;
    }
  } else {
    y[at] = bytes.x | (bytes.y << 8u) | (bytes.z << 16u);
  }
}
