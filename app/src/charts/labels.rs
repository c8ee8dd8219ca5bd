//! Where the names of points go so that they cover neither each other nor a mark.

/// Where a label lies beside its point, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// From the point to the label's near end.
    pub(super) dx: f64,
    /// From the point to the label's baseline.
    pub(super) dy: f64,
    /// Whether the label is on the left.
    pub(super) left: bool,
}

/// About as wide as a character of the page's small text.
const CHARACTER: f64 = 7.0;
const HEIGHT: f64 = 16.0;
/// Half a mark, with some air.
const MARK: f64 = 9.0;
/// From a line of text's middle to its baseline.
const BASELINE: f64 = 4.0;
/// Middles of labels from their points, the best first: above the stairs of the front, which run at the points' height.
const LINES: [f64; 5] = [-11.0, 12.0, -27.0, 28.0, 44.0];

/// The same of labels that run across their points.
const ACROSS: [f64; 2] = [-18.0, 19.0];

/// Points of which every one must have its label.
const CROWD: usize = 12;

/// Left, top, right, bottom.
type Area = [f64; 4];

/// Places for labels beside points (in pixels, in a picture `width` wide): above on the right where that is free, else on
/// the left, else below, else further away.
///
/// Of more points than a board has, those whose label would cover another have none: they are pointed at.
///
/// In a wider picture the points are further apart and the labels as long as before: what is apart stays so.
pub(super) fn place(points: &[(f64, f64)], labels: &[&str], width: f64) -> Vec<Option<Place>> {
    let mut taken: Vec<Area> = points.iter().map(|(x, y)| [x - MARK, y - MARK, x + MARK, y + MARK]).collect();
    let on_both_sides = |middle: f64| {
        [false, true].map(|left| Place { dx: if left { -MARK } else { MARK }, dy: middle + BASELINE, left })
    };
    let is_crowd = points.len() > CROWD;
    let mut places = Vec::with_capacity(points.len());
    for (i, ((x, y), label)) in points.iter().zip(labels).enumerate() {
        let long = CHARACTER * label.chars().count() as f64;
        // A name too long for either side runs across its point, above or below the mark.
        let across = ACROSS.map(|middle| Place {
            dx: (width - long - x).min(MARK),
            dy: middle + BASELINE,
            left: false,
        });
        let candidates: Vec<Place> = LINES.into_iter().flat_map(on_both_sides).chain(across).collect();
        let area = |place: &Place| {
            let near = x + place.dx;
            let (from, to) = if place.left { (near - long, near) } else { (near, near + long) };
            let middle = y + place.dy - BASELINE;
            [from, middle - HEIGHT / 2.0, to, middle + HEIGHT / 2.0]
        };
        let free = |place: &&Place| {
            let area = area(place);
            let others = taken.iter().enumerate().filter(|(j, _)| *j != i);
            area[0] >= 0.0 && area[2] <= width && !others.into_iter().any(|(_, other)| overlap(&area, other))
        };
        // Where nothing is free, a label that leaves the picture would be worse than one on another.
        let fallback = candidates.iter().find(|place| area(place)[0] >= 0.0 && area(place)[2] <= width);
        let place = match candidates.iter().find(free) {
            None if is_crowd => None,
            found => Some(found.or(fallback).unwrap_or(&candidates[0])),
        };
        taken.extend(place.map(area));
        places.push(place.copied());
    }
    places
}

fn overlap(a: &Area, b: &Area) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_placed(points: &[(f64, f64)], labels: &[&str], width: f64) -> Vec<Place> {
        place(points, labels, width).into_iter().map(|place| place.expect("few points")).collect()
    }

    #[test]
    fn in_a_crowd_a_label_without_room_is_left_out() {
        let points: Vec<(f64, f64)> = (0..20).map(|i| (100.0 + f64::from(i % 5), 50.0)).collect();
        let places = place(&points, &["MobileNetV2 1.0"; 20], 300.0);
        let shown = places.iter().flatten().count();
        assert!((1..12).contains(&shown), "{shown}");
    }

    #[test]
    fn labels_go_right_then_left_then_out_of_the_way() {
        let places = all_placed(&[(10.0, 50.0), (290.0, 50.0)], &["V1 1.0", "V2 1.0"], 300.0);
        assert_eq!((places[0].left, places[1].left), (false, true));
        // Four points on one spot: two sides above, then two below.
        let places = all_placed(&[(150.0, 50.0); 4], &["V1 1.0"; 4], 300.0);
        let middles: Vec<f64> = places.iter().map(|place| place.dy - BASELINE).collect();
        assert_eq!(middles, [LINES[0], LINES[0], LINES[1], LINES[1]]);
        assert_eq!(places.iter().filter(|place| place.left).count(), 2);
    }

    #[test]
    fn a_label_covers_no_mark() {
        let places = all_placed(&[(100.0, 50.0), (130.0, 41.0)], &["V1 1.0", "V2 1.0"], 300.0);
        assert!(places[0].left && !places[1].left, "{places:?}");
    }

    #[test]
    fn a_long_label_runs_across_its_point_inside_the_picture() {
        let label = "V3-Large minimalistic · 224";
        let [place] = all_placed(&[(140.0, 50.0)], &[label], 250.0)[..] else { panic!("one place") };
        let end = 140.0 + place.dx + CHARACTER * label.chars().count() as f64;
        assert!(!place.left && end <= 250.0 && 140.0 + place.dx >= 0.0, "{place:?}");
        assert_eq!(place.dy, ACROSS[0] + BASELINE);
    }

    #[test]
    fn what_does_not_fit_anywhere_has_a_place_all_the_same() {
        let places = all_placed(&[(10.0, 50.0)], &["a name much longer than the picture is wide"], 100.0);
        assert_eq!(places.len(), 1);
    }
}
