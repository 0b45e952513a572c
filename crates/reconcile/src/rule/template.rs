//! The reason sentence: text with `{column}` and optional parts in square brackets, left out when a value in them is missing.

use super::value::Value;

/// One piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(String),
    /// Column and format.
    Column(String, Format),
    Optional(Vec<Piece>),
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Plain,
    /// Fen as yuan with two decimals.
    Yuan,
    /// A share as a whole percentage.
    Percent,
}

/// Reads `column` or `column:format`.
pub fn column_and_format(text: &str) -> Result<(String, Format), String> {
    let (column, format) = text.split_once(':').unwrap_or((text, ""));
    let format = match format {
        "" => Format::Plain,
        "yuan" => Format::Yuan,
        "percent" => Format::Percent,
        other => return Err(format!("不认识的格式 {other}")),
    };
    if column.is_empty() || !column.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!("列名「{column}」不合规"));
    }
    Ok((column.to_string(), format))
}

/// Takes a template apart.
pub fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let mut levels: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut chars = text.chars();
    let mut plain = String::new();
    while let Some(c) = chars.next() {
        if !matches!(c, '{' | '[' | ']' | '}') {
            plain.push(c);
            continue;
        }
        if let Some(pieces) = levels.last_mut().filter(|_| !plain.is_empty()) {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        match c {
            '{' => {
                let inner: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let (column, format) = column_and_format(&inner)?;
                levels
                    .last_mut()
                    .ok_or("括号不成对")?
                    .push(Piece::Column(column, format));
            }
            '[' => levels.push(Vec::new()),
            ']' if levels.len() > 1 => {
                let inner = levels.pop().unwrap_or_default();
                levels
                    .last_mut()
                    .ok_or("括号不成对")?
                    .push(Piece::Optional(inner));
            }
            _ => return Err("括号不成对".to_string()),
        }
    }
    let mut pieces = levels.pop().unwrap_or_default();
    if !levels.is_empty() {
        return Err("方括号没有结束".to_string());
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

/// All columns that a template names.
pub fn columns(pieces: &[Piece]) -> Vec<&str> {
    pieces
        .iter()
        .flat_map(|piece| match piece {
            Piece::Text(_) => Vec::new(),
            Piece::Column(name, _) => vec![name.as_str()],
            Piece::Optional(inner) => columns(inner),
        })
        .collect()
}

/// Writes the sentence. Outside brackets a missing value reads 不详.
pub fn render(pieces: &[Piece], value: &impl Fn(&str) -> Value) -> String {
    pieces
        .iter()
        .filter_map(|piece| render_piece(piece, value, false))
        .collect()
}

fn render_piece(piece: &Piece, value: &impl Fn(&str) -> Value, inside: bool) -> Option<String> {
    match piece {
        Piece::Text(text) => Some(text.clone()),
        Piece::Column(name, format) => {
            let value = value(name);
            if value.is_missing() {
                return (!inside).then(|| "不详".to_string());
            }
            Some(value.shown(*format))
        }
        Piece::Optional(inner) => {
            let parts: Option<Vec<String>> = inner.iter().map(|p| render_piece(p, value, true)).collect();
            Some(parts.map_or(String::new(), |parts| parts.concat()))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn optional_parts_go_with_their_values() {
        let pieces = parse("{name}参保{n}人[，申报{t}人]，缴费{fee:yuan}元").unwrap();
        let value = |column: &str| match column {
            "name" => Value::Text("甲公司".into()),
            "n" => Value::Int(60),
            "fee" => Value::Int(123_456),
            _ => Value::Missing,
        };
        assert_eq!(render(&pieces, &value), "甲公司参保60人，缴费1234.56元");
        assert_eq!(columns(&pieces), ["name", "n", "t", "fee"]);
    }

    #[test]
    fn unpaired_brackets_are_refused() {
        assert!(parse("[甲").is_err());
        assert!(parse("甲]").is_err());
        assert!(parse("{a:b}").is_err());
    }
}
