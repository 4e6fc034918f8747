//! Line charts as SVG, in docs/images.

use std::fmt::Write;
use std::fs;

use crate::stats::{largest, smallest};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/images");
const COLOURS: [&str; 4] = ["#1f5fa8", "#c4561b", "#2d7d46", "#7a4a9e"];
// Pixels: the picture, and the corners of the field that the lines are drawn in.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 20.0;
const TOP: f64 = 45.0;
const BOTTOM: f64 = HEIGHT - 55.0;
/// Values that the horizontal axis has room for.
const MARKS: usize = 12;

/// One line and its name.
pub struct Line {
    /// What the line shows.
    pub name: &'static str,
    /// Across and up.
    pub points: Vec<(f64, f64)>,
}

/// What the horizontal axis is divided by.
#[derive(Clone, Copy)]
pub enum Scale {
    /// Equal differences are equally far apart.
    Linear,
    /// Equal ratios are.
    Logarithmic,
}

/// A chart; the vertical axis begins at zero.
pub struct Chart {
    /// Above the picture.
    pub title: &'static str,
    /// What the horizontal axis is, below it.
    pub across: &'static str,
    /// How the horizontal axis is divided.
    pub scale: Scale,
    /// At most four.
    pub lines: Vec<Line>,
}

impl Chart {
    /// Writes `docs/images/{name}.svg`.
    pub fn save(&self, name: &str) {
        let mut svg = String::new();
        self.draw(&mut svg).expect("a string takes everything");
        fs::write(format!("{FOLDER}/{name}.svg"), svg).expect("the picture can be written");
    }

    fn draw(&self, svg: &mut String) -> std::fmt::Result {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let places: Vec<f64> = points().map(|(x, _)| self.along(*x)).collect();
        let (first, last) = (smallest(&places), largest(&places));
        let top = largest(&points().map(|(_, y)| *y).collect::<Vec<_>>());
        let x = |value| LEFT + (self.along(value) - first) / (last - first) * (RIGHT - LEFT);
        let y = |value| BOTTOM - value / top * (BOTTOM - TOP);
        writeln!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">"#
        )?;
        writeln!(svg, r#"<rect width="100%" height="100%" fill="white"/>"#)?;
        writeln!(svg, r#"<text x="{LEFT}" y="20" font-size="14">{}</text>"#, self.title)?;
        for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let (value, height) = (top * part, y(top * part));
            writeln!(
                svg,
                r##"<path d="M{LEFT} {height:.1}H{RIGHT}" stroke="#ddd"/><text x="{}" y="{:.1}" text-anchor="end">{}</text>"##,
                LEFT - 6.0,
                height + 4.0,
                short(value)
            )?;
        }
        let marked = self.lines.first().map_or(&[][..], |line| &line.points);
        let step = marked.len().div_ceil(MARKS).max(1);
        // The last is marked, and so a round number where they are counted from one.
        for (value, _) in marked.iter().skip((marked.len() + step - 1) % step).step_by(step) {
            writeln!(
                svg,
                r#"<text x="{:.1}" y="{}" text-anchor="middle">{}</text>"#,
                x(*value),
                BOTTOM + 18.0,
                short(*value)
            )?;
        }
        writeln!(svg, r#"<text x="{LEFT}" y="{}">{}</text>"#, HEIGHT - 12.0, self.across)?;
        let mut name_at = RIGHT;
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            let path: Vec<String> =
                line.points.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect();
            writeln!(
                svg,
                r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/><text x="{name_at}" y="36" text-anchor="end" fill="{colour}">{}</text>"#,
                path.join(" "),
                line.name
            )?;
            name_at -= 150.0;
        }
        writeln!(svg, "</svg>")
    }

    fn along(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.log10(),
        }
    }
}

/// Three digits and a letter.
fn short(value: f64) -> String {
    match value {
        1e6.. => format!("{:.3} M", value / 1e6).replace(".000", ""),
        1e3.. => format!("{:.3} k", value / 1e3).replace(".000", ""),
        10.0.. => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}
