//! Pictures as SVG. Lengths are pixels; colours and sizes of text are those of classes in the style sheets.

use std::fmt::Write;

/// Text that becomes part of markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Where a text stands beside its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Behind it.
    Start,
    /// Around it.
    Middle,
    /// Before it.
    End,
}

/// A picture that is being drawn.
#[derive(Debug)]
pub struct Svg {
    width: f64,
    /// Without words: for the index.
    is_small: bool,
    body: String,
}

impl Svg {
    /// An empty picture of so many pixels across; a small one is for an index, without words.
    pub fn new(width: f64, is_small: bool) -> Self {
        Self { width, is_small, body: String::new() }
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        let (width, height) = (width.max(0.0), height.max(0.0));
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        );
    }

    /// A line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = write!(
            self.body,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        );
    }

    /// Lines from point to point.
    pub fn polyline(&mut self, class: &str, points: impl IntoIterator<Item = (f64, f64)>) {
        let mut d = String::new();
        for (i, (x, y)) in points.into_iter().enumerate() {
            let _ = write!(d, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
        }
        self.path(class, &d);
    }

    /// Any outline.
    pub fn path(&mut self, class: &str, d: &str) {
        let _ = write!(self.body, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// A disc.
    pub fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let _ =
            write!(self.body, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"/>");
    }

    /// A disc that says what it is to those who point at it, and sets the figure when it is pressed.
    pub fn point(&mut self, class: &str, at: (f64, f64), radius: f64, title: &str, set: &str) {
        let title = escaped(title);
        let _ = match set {
            "" => write!(self.body, "<g><title>{title}</title>"),
            set => write!(
                self.body,
                "<g class=\"pressable\" data-set=\"{}\"><title>{title}</title>",
                escaped(set)
            ),
        };
        self.circle(class, at, radius);
        self.body.push_str("</g>");
    }

    /// A line of text.
    pub fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        if self.is_small {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.body,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(text)
        );
    }

    /// The picture, so many pixels high, and what it is called.
    pub fn finish(self, height: f64, label: &str) -> String {
        let Self { width, is_small, body } = self;
        // A small one is scaled, and only decorates.
        let size =
            if is_small { String::new() } else { format!(" width=\"{width:.0}\" height=\"{height:.0}\"") };
        let name = match is_small {
            true => " aria-hidden=\"true\"".to_owned(),
            false => format!(" role=\"img\" aria-label=\"{}\"", escaped(label)),
        };
        format!("<svg class=\"chart touch\"{size} viewBox=\"0 0 {width:.0} {height:.0}\"{name}>{body}</svg>")
    }
}
