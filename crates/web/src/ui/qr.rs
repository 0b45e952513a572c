//! A QR code as a drawing: one path of squares, no script, nothing inline that the site's policy would refuse.

use qrcode::{EcLevel, QrCode};

/// White squares around it, as the standard asks (GB/T 18284-2000, ISO/IEC 18004: four modules).
const MARGIN: usize = 4;

/// The drawing of a text, with `label` for those who cannot see it; nothing when the text is too long for a QR code.
pub fn qr_svg(text: &str, label: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M) else {
        return String::new();
    };
    let width = code.width();
    let side = width + 2 * MARGIN;
    let mut path = String::new();
    for (nth, color) in code.to_colors().into_iter().enumerate() {
        if color == qrcode::Color::Dark {
            let (x, y) = (nth % width + MARGIN, nth / width + MARGIN);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    format!(
        r##"<svg class="qr" role="img" aria-label="{label}" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#000" d="{path}"/></svg>"##
    )
}

#[cfg(test)]
mod tests {
    use super::qr_svg;

    #[test]
    fn a_text_becomes_a_drawing_and_too_much_of_it_nothing() {
        let svg = qr_svg("otpauth://totp/x?secret=GEZDGNBV", "二维码");
        assert!(
            svg.starts_with("<svg class=\"qr\"") && svg.contains("M4 4h1v1h-1z"),
            "the corner is dark"
        );
        assert!(!svg.contains(" style"), "nothing inline");
        assert_eq!(qr_svg(&"x".repeat(5_000), "二维码"), "");
    }
}
