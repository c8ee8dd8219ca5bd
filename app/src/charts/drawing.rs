//! A picture of the page as a file that needs the page no more: every style is written where it applies.

use std::collections::HashMap;

use common::svg::escaped;
use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, ContextAttributes2d, CssStyleDeclaration, DomRect, Element,
    HtmlCanvasElement, HtmlImageElement, Node, OffscreenCanvas, OffscreenCanvasRenderingContext2d,
    SvgGraphicsElement, Url, XmlSerializer,
};

use common::files::text_blob;

/// Around everything, and between title, picture and lines.
const MARGIN: f64 = 16.0;
/// Height of a line of the title, and its size; bold letters are wider than others.
const TITLE_LINE: f64 = 24.0;
const TITLE: f64 = 15.0;
const BOLD: f64 = 1.15;
/// Height of a line of text, and its size.
const LINE: f64 = 16.0;
const TEXT: f64 = 12.0;
/// Narrower pictures are as wide as this, for the lines' sake.
const LEAST_WIDTH: f64 = 420.0;
/// Pixels of the PNG a CSS pixel.
const DENSITY: f64 = 2.0;

/// What decides how an element of an SVG looks.
const PROPERTIES: [&str; 12] = [
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linejoin",
    "opacity",
    "paint-order",
    "font-size",
    "font-weight",
    "text-anchor",
    "text-decoration-line",
    "visibility",
];

/// A picture with its title and what belongs to it.
pub(super) struct Drawing {
    svg: String,
    width: f64,
    height: f64,
}

/// Part of a drawing: elements, and the area that they cover.
struct Part {
    elements: String,
    area: DomRect,
}

impl Drawing {
    /// The media type of [`Drawing::svg`].
    pub(super) const KIND: &'static str = "image/svg+xml";

    /// What `place` shows, a chart or a table, with a title above and lines of text below.
    ///
    /// # Errors
    /// What the browser refuses.
    pub(super) fn of(place: &Element, title: &str, lines: &[String]) -> Result<Self, JsValue> {
        let mut inks = Inks::new()?;
        let style = style(place)?;
        let [ink, soft, surface] = ["--ink", "--ink-soft", "--surface"].map(|token| inks.token(place, token));
        let (ink, soft, surface) = (ink?, soft?, surface?);
        let part = match place.query_selector("svg.chart")? {
            Some(chart) => of_svg(&chart, &mut inks)?,
            None => of_table(&place.query_selector("table")?.ok_or("nothing to draw")?, &mut inks)?,
        };
        let width = part.area.width().max(LEAST_WIDTH) + 2.0 * MARGIN;
        let within = width - 2.0 * MARGIN;
        let heading = wrapped(title, within / (BOLD * TITLE));
        let lines: Vec<String> = lines.iter().flat_map(|line| wrapped(line, within / TEXT)).collect();
        let above = MARGIN + TITLE_LINE * heading.len() as f64;
        let below = above + part.area.height() + MARGIN;
        let height = below + LINE * lines.len() as f64 + MARGIN;
        let (x, y) = (MARGIN - part.area.x(), above - part.area.y());
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"{family}\"><title>{title}</title>{patterns}<rect width=\"100%\" height=\"100%\" fill=\"{surface}\"/>\
             <g font-size=\"{TITLE}\" font-weight=\"600\" fill=\"{ink}\">{heading}</g>\
             <g transform=\"translate({x} {y})\">{elements}</g><g font-size=\"{TEXT}\" fill=\"{soft}\">{lines}</g></svg>\n",
            family = escaped(&style.get_property_value("font-family")?),
            title = escaped(title),
            patterns = patterns(&mut inks)?,
            heading = texts_below(MARGIN, TITLE_LINE, &heading),
            elements = part.elements,
            lines = texts_below(below, LINE, &lines),
        );
        Ok(Self { svg, width, height })
    }

    /// The file's text.
    pub(super) fn svg(&self) -> &str {
        &self.svg
    }

    /// The same as pixels.
    ///
    /// # Errors
    /// What the browser refuses.
    pub(super) async fn png(&self) -> Result<Blob, JsValue> {
        let url = Url::create_object_url_with_blob(&text_blob(Self::KIND, &self.svg)?)?;
        let image = HtmlImageElement::new()?;
        image.set_src(&url);
        let decoded = JsFuture::from(image.decode()).await;
        Url::revoke_object_url(&url)?;
        decoded?;
        let [width, height] = [self.width, self.height].map(|side| (side * DENSITY).ceil());
        let canvas = OffscreenCanvas::new(width as u32, height as u32)?;
        let context = canvas.get_context_with_context_options("2d", &read_often())?.ok_or("no canvas")?;
        let context: OffscreenCanvasRenderingContext2d = context.dyn_into()?;
        context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)?;
        JsFuture::from(canvas.convert_to_blob()?).await?.dyn_into()
    }
}

/// A copy of an SVG that carries its styles.
fn of_svg(chart: &Element, inks: &mut Inks) -> Result<Part, JsValue> {
    let copy = styled(chart, inks)?;
    // Percentages are of the size that it has on the page.
    let size = chart.get_bounding_client_rect();
    for (name, value) in
        [("width", size.width()), ("height", size.height())].map(|(name, side)| (name, side.to_string()))
    {
        copy.set_attribute(name, &value)?;
    }
    copy.set_attribute("overflow", "visible")?;
    let area = chart.clone().dyn_into::<SvgGraphicsElement>()?.get_b_box()?;
    let area = DomRect::new_with_x_and_y_and_width_and_height(
        f64::from(area.x()).min(0.0),
        f64::from(area.y()).min(0.0),
        f64::from(area.width()).max(size.width()),
        f64::from(area.height()).max(size.height()),
    )?;
    Ok(Part { elements: XmlSerializer::new()?.serialize_to_string(&copy)?, area })
}

/// A deep copy whose every element has the computed styles as attributes.
fn styled(element: &Element, inks: &mut Inks) -> Result<Element, JsValue> {
    let copy: Element = element.clone_node_with_deep(true)?.dyn_into()?;
    let (originals, copies) = (element.query_selector_all("*")?, copy.query_selector_all("*")?);
    for i in 0..originals.length() {
        let (Some(original), Some(copy)) = (originals.item(i), copies.item(i)) else { continue };
        let (original, copy): (Element, Element) = (original.dyn_into()?, copy.dyn_into()?);
        let style = style(&original)?;
        for name in ["class", "style", "tabindex", "data-testid"] {
            copy.remove_attribute(name)?;
        }
        for property in PROPERTIES {
            let value = style.get_property_value(property)?;
            let value = match property {
                "fill" | "stroke" if !value.starts_with("url") => inks.plain(&value)?,
                _ => value.replace('"', ""),
            };
            let attribute = if property == "text-decoration-line" { "text-decoration" } else { property };
            copy.set_attribute(attribute, &value)?;
        }
    }
    for name in ["class", "style", "tabindex"] {
        copy.remove_attribute(name)?;
    }
    Ok(copy)
}

/// The patterns that surfaces may be filled with.
fn patterns(inks: &mut Inks) -> Result<String, JsValue> {
    let Some(definitions) = document().query_selector(".definitions defs")? else { return Ok(String::new()) };
    XmlSerializer::new()?.serialize_to_string(&styled(&definitions, inks)?.into())
}

/// A table as rectangles and texts, where the browser has put them.
fn of_table(table: &Element, inks: &mut Inks) -> Result<Part, JsValue> {
    let area = table.get_bounding_client_rect();
    let (left, top) = (area.left(), area.top());
    let mut elements = String::new();
    let cells = table.query_selector_all("th, td")?;
    for cell in (0..cells.length()).filter_map(|i| cells.item(i)) {
        let cell: Element = cell.dyn_into()?;
        let (style, at) = (style(&cell)?, cell.get_bounding_client_rect());
        let (x, y) = (at.left() - left, at.top() - top);
        let fill = inks.plain(&style.get_property_value("background-color")?)?;
        let line = match style.get_property_value("border-bottom-width")?.as_str() {
            "0px" => "none".to_owned(),
            _ => inks.plain(&style.get_property_value("border-bottom-color")?)?,
        };
        elements += &format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"/>\
             <path d=\"M{x} {bottom}h{}\" stroke=\"{line}\"/>",
            at.width(),
            at.height(),
            at.width(),
            bottom = y + at.height(),
        );
        texts(&cell, (left, top), inks, &mut elements)?;
    }
    let area = DomRect::new_with_x_and_y_and_width_and_height(0.0, 0.0, area.width(), area.height())?;
    Ok(Part { elements, area })
}

/// Writes the visible texts below a node.
fn texts(node: &Node, origin: (f64, f64), inks: &mut Inks, elements: &mut String) -> Result<(), JsValue> {
    let children = node.child_nodes();
    for child in (0..children.length()).filter_map(|i| children.item(i)) {
        if let Some(element) = child.dyn_ref::<Element>() {
            if !element.class_list().contains("visually-hidden") {
                texts(element, origin, inks, elements)?;
            }
            continue;
        }
        let text = child.text_content().unwrap_or_default();
        let Some(parent) = node.dyn_ref::<Element>().filter(|_| !text.trim().is_empty()) else { continue };
        let range = document().create_range()?;
        range.select_node(&child)?;
        let (at, style) = (range.get_bounding_client_rect(), style(parent)?);
        let property = |name| style.get_property_value(name);
        let size: f64 = property("font-size")?.trim_end_matches("px").parse().unwrap_or(TEXT);
        *elements += &format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{size}\" font-weight=\"{}\" text-decoration=\"{}\" fill=\"{}\">{}</text>",
            at.left() - origin.0,
            at.top() - origin.1 + at.height() / 2.0 + 0.35 * size,
            property("font-weight")?,
            property("text-decoration-line")?,
            inks.plain(&property("color")?)?,
            escaped(text.trim()),
        );
    }
    Ok(())
}

/// Canvases that are read are better kept off the GPU.
fn read_often() -> ContextAttributes2d {
    let attributes = ContextAttributes2d::new();
    attributes.set_will_read_frequently(true);
    attributes
}

fn style(element: &Element) -> Result<CssStyleDeclaration, JsValue> {
    window().get_computed_style(element)?.ok_or_else(|| "no style".into())
}

/// Colours as every program reads them: browsers give mixed ones in notations of their own.
struct Inks {
    canvas: CanvasRenderingContext2d,
    known: HashMap<String, String>,
}

impl Inks {
    fn new() -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = document().create_element("canvas")?.dyn_into()?;
        canvas.set_width(1);
        canvas.set_height(1);
        let context = canvas.get_context_with_context_options("2d", &read_often())?.ok_or("no canvas")?;
        Ok(Self { canvas: context.dyn_into()?, known: HashMap::new() })
    }

    /// `#rrggbb` of a CSS colour, or `none` of one that shows nothing.
    fn plain(&mut self, colour: &str) -> Result<String, JsValue> {
        if colour == "none" {
            return Ok(colour.to_owned());
        }
        if let Some(known) = self.known.get(colour) {
            return Ok(known.clone());
        }
        self.canvas.clear_rect(0.0, 0.0, 1.0, 1.0);
        self.canvas.set_fill_style_str(colour);
        self.canvas.fill_rect(0.0, 0.0, 1.0, 1.0);
        let pixel = self.canvas.get_image_data(0.0, 0.0, 1.0, 1.0)?.data();
        let plain = match pixel.as_slice() {
            [_, _, _, 0] => "none".to_owned(),
            [red, green, blue, ..] => format!("#{red:02x}{green:02x}{blue:02x}"),
            _ => return Err("no pixel".into()),
        };
        self.known.insert(colour.to_owned(), plain.clone());
        Ok(plain)
    }

    /// A colour of the style sheet's list.
    fn token(&mut self, place: &Element, token: &str) -> Result<String, JsValue> {
        // Only a property that is a colour is given out resolved for the theme.
        let probe = document().create_element("i")?;
        probe.set_attribute("style", &format!("color: var({token})"))?;
        place.append_child(&probe)?;
        let colour = style(&probe)?.get_property_value("color");
        probe.remove();
        self.plain(&colour?)
    }
}

/// Lines of text one below the other.
fn texts_below(top: f64, height: f64, lines: &[String]) -> String {
    let text = |(i, line): (usize, &String)| {
        let y = top + height * (i as f64 + 0.7);
        format!("<text x=\"{MARGIN}\" y=\"{y}\">{}</text>", escaped(line))
    };
    lines.iter().enumerate().map(text).collect()
}

/// A text in lines that are at most so many times as long as the letters are high, cut at spaces, or between two Chinese
/// characters.
fn wrapped(text: &str, most: f64) -> Vec<String> {
    let wide = |letter: char| if letter > '\u{2e80}' { 1.0 } else { 0.55 };
    let mut lines = vec![String::new()];
    let mut used = 0.0;
    for word in text.split_inclusive(|letter: char| letter == ' ' || letter > '\u{2e80}') {
        let long: f64 = word.trim_end().chars().map(wide).sum();
        if used > 0.0 && used + long > most {
            lines.push(String::new());
            used = 0.0;
        }
        used += word.chars().map(wide).sum::<f64>();
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_spaces_and_lose_nothing() {
        let text = "Input tensor in memory to logits in memory; the columns take turns.";
        let lines = wrapped(text, 12.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| line.chars().count() <= 22), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrapped("统计值可学习的参数", 4.0), ["统计值可", "学习的参", "数"]);
        // A word that is too long has a line of its own.
        assert_eq!(wrapped("an https://example.org/x end", 6.0), ["an", "https://example.org/x", "end"]);
    }

    #[test]
    fn texts_are_no_markup() {
        assert_eq!(escaped("a < b & \"c\" > d"), "a &lt; b &amp; &quot;c&quot; &gt; d");
    }
}
