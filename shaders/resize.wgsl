// Bilinear resizing: pixel o lies at (o + ½) · in / out - ½, clamped to the map, or at o · (in - 1) / (out - 1) where corners
// are aligned. A thread computes a quad of a pixel.

struct Params {
  x: View,
  out: Out,
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  /// Quads of a pixel.
  channels: u32,
  align_corners: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

/// The pixels before and after a place, and how far it is from the first.
struct Place {
  low: u32,
  high: u32,
  part: f32,
}

fn place(out: u32, size: u32, out_size: u32) -> Place {
  let free = max((f32(out) + 0.5) * f32(size) / f32(out_size) - 0.5, 0.0);
  let aligned = f32(out) * f32(size - 1u) / f32(max(out_size - 1u, 1u));
  let at = select(free, aligned, p.align_corners != 0u);
  let low = min(u32(at), size - 1u);
  return Place(low, min(low + 1u, size - 1u), at - f32(low));
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.channels || id.y >= p.out_width {
    return;
  }
  let row = place(id.z, p.height, p.out_height);
  let column = place(id.y, p.width, p.out_width);
  let low = row.low * p.width;
  let high = row.high * p.width;
  let quad = source(id.x);
  let upper = mix(load(low + column.low, quad), load(low + column.high, quad), column.part);
  let lower = mix(load(high + column.low, quad), load(high + column.high, quad), column.part);
  finish(id.z * p.out_width + id.y, id.x, mix(upper, lower, row.part));
}
