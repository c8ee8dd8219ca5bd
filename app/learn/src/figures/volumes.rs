//! Two dimensions and three: HybridSN, section II.

use engine::blocks::VolumeForm;
use engine::spec::Model;
use engine::spec::rows::{flat_convolution, row, volume_convolution};

use super::{Bar, bars, cost_of, graph, macs, ms, own, ran};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::format;
use common::svg::Anchor;
use common::words::words;

pub(super) const ARTICLE: Article = Article {
    name: "two-dimensions-and-three",
    controls: &[
        Control::slider(
            "depth",
            words("Depth of the kernel, in bands", "卷积核深度（波段）"),
            &[1.0, 3.0, 5.0, 7.0, 9.0, 15.0],
            3,
        ),
        Control::slider(
            "bands",
            words("Bands of the cube", "立方体的波段数"),
            &[15.0, 20.0, 30.0, 45.0, 60.0],
            2,
        ),
        Control::slider("filters", words("Filters", "卷积核个数"), &[4.0, 8.0, 16.0, 32.0], 1),
        Control::slider(
            "at",
            words("Place along the bands", "沿波段的位置"),
            &[0.0, 0.25, 0.5, 0.75, 1.0],
            1,
        ),
    ],
    draw,
    experiment: Some(experiment),
};

/// Window of pixels, and side of a kernel.
const SIDE: u32 = 25;
const KERNEL: u32 = 3;

const NETWORK: &str = "hybridsn_keras_30b_16c";

/// One layer over the cube: in three dimensions, or in two over all bands at once.
fn layers(values: &Values) -> Option<[Model; 2]> {
    let [depth, bands, filters] = ["depth", "bands", "filters"].map(|key| values.whole(key) as u32);
    let three = vec![row("conv3d", volume_convolution(1, depth, filters, VolumeForm::Keras))];
    let two = vec![row("conv2d", flat_convolution(1, filters, VolumeForm::Keras))];
    Some([own("3-D", bands, SIDE, three)?, own("2-D", bands, SIDE, two)?])
}

/// Multiply-accumulates by hand: of each place of the kernel, its numbers; 3-D has places along the bands, too.
fn formula(depth: f64, bands: f64, filters: f64) -> [f64; 2] {
    let pixels = f64::from((SIDE - KERNEL + 1).pow(2));
    let window = f64::from(KERNEL * KERNEL);
    [window * depth * filters * pixels * (bands - depth + 1.0), window * bands * filters * pixels]
}

fn experiment(values: &Values) -> Experiment {
    let layers = layers(values).into_iter().flatten().map(Run::own);
    Experiment::Times(layers.chain([Run::of(NETWORK, SIDE)]).collect())
}

fn draw(scene: &Scene) -> Figure {
    let values = &scene.values;
    let [depth, bands, filters] = ["depth", "bands", "filters"].map(|key| values.get(key));
    let mut svg = scene.svg();
    // Bands as sheets behind each other; those under the kernel carry it.
    let sheet = if scene.is_wide() { 150.0 } else { 110.0 };
    let (step_x, step_y) = ((scene.width - sheet - 4.0) / bands, 1.6);
    let first = ((bands - depth) * values.get("at")).round();
    let top = 24.0;
    let place = |band: usize| (band as f64 * step_x, top + (bands - band as f64) * step_y);
    for band in (0..bands as usize).rev() {
        let (x, y) = place(band);
        svg.rect("map sheet", x, y, sheet, sheet);
    }
    // Twice as large as it is, so that it can be seen.
    let side = 2.0 * f64::from(KERNEL) * sheet / f64::from(SIDE);
    for band in (first as usize..(first + depth) as usize).rev() {
        let (x, y) = place(band);
        svg.rect("window conv", x + 0.32 * sheet, y + 0.36 * sheet, side, side);
    }
    let below = top + bands * step_y + sheet;
    svg.text("name", (0.0, 14.0), Anchor::Start, &format!("{SIDE}×{SIDE}×{bands}"));
    let kernel = format!("{KERNEL}×{KERNEL}×{depth}");
    svg.text(
        "value",
        (0.0, below + 20.0),
        Anchor::Start,
        &format!("{} {kernel}", scene.t(words("kernel", "卷积核"))),
    );
    let [three, two] = layers(values)
        .and_then(|[three, two]| Some([macs(&cost_of(&three)?), macs(&cost_of(&two)?)]))
        .unwrap_or_default();
    let places_along = bands - depth + 1.0;
    let rows = [
        Bar {
            name: format!(
                "3-D · {} {}",
                places_along,
                scene.t(words("places along the bands", "个波段位置"))
            ),
            value: format!("{} MACs", format::count(three)),
            parts: vec![("conv", three)],
        },
        Bar {
            name: scene.t(words("2-D over all bands", "2-D，覆盖全部波段")).to_owned(),
            value: format!("{} MACs", format::count(two)),
            parts: vec![("pointwise", two)],
        },
    ];
    let height = bars(&mut svg, scene, below + 32.0, &rows);
    let network = graph(NETWORK, SIDE).map(|graph| graph.cost());
    let [three_formula, two_formula] = formula(depth, bands, filters);
    let mut places = vec![
        ("depth", depth.to_string()),
        ("bands", bands.to_string()),
        ("filters", filters.to_string()),
        ("along", places_along.to_string()),
        ("three", format::count(three_formula)),
        ("two", format::count(two_formula)),
        ("ratio", format::times(three / two)),
        ("network_macs", format::count(network.as_ref().map_or(0.0, macs))),
        ("network_params", format::count(network.as_ref().map_or(0.0, |cost| cost.params as f64))),
    ];
    let mut table = Table {
        headings: [
            words("layer of HybridSN", "HybridSN 的层"),
            words("MACs", "乘加次数"),
            words("parameters", "参数量"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: Vec::new(),
    };
    if let Some(cost) = &network {
        let of_3d: u64 =
            cost.layers.iter().filter(|layer| layer.name.starts_with("conv3d")).map(|layer| layer.macs).sum();
        places.push(("share", format::percent(of_3d as f64 / macs(cost))));
        let with_params = cost.layers.iter().filter(|layer| layer.params > 0);
        table.rows = with_params
            .map(|layer| vec![layer.name.clone(), layer.macs.to_string(), layer.params.to_string()])
            .collect();
    }
    if let Some([three, two, network]) = scene.times() {
        places.extend([
            ("three_ms", ms(three)),
            ("two_ms", ms(two)),
            ("network_ms", ms(network)),
            ("ran", ran(scene.language, network)),
        ]);
    }
    let label = scene.t(words("A kernel in a cube of bands", "波段立方体中的卷积核"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_is_what_the_engine_counts() {
        let mut values = Values::of(&ARTICLE);
        for link in
            ["depth=7,bands=30,filters=8", "depth=15,bands=15,filters=32", "depth=1,bands=60,filters=4"]
        {
            values.follow(&ARTICLE, link).unwrap();
            let [depth, bands, filters] = ["depth", "bands", "filters"].map(|key| values.get(key));
            let counted = layers(&values).unwrap().map(|model| macs(&cost_of(&model).unwrap()));
            assert_eq!(counted, formula(depth, bands, filters), "{link}");
        }
        // HybridSN's own first layer: 8 kernels of 7×3×3 at 24 · 23 · 23 places.
        let cost = graph(NETWORK, SIDE).unwrap().cost();
        assert_eq!(cost.layers[0].macs as f64, formula(7.0, 30.0, 8.0)[0]);
        assert_eq!(cost.layers[0].macs, 7 * 9 * 8 * 24 * 23 * 23);
    }
}
