//! Files to tables of value numbers: cells are read, cleaned and numbered once for each distinct text.

use super::AnyTableError;
use super::spec::{ColumnSpec, Spec};
use engines::linking::clean::clean;
use engines::linking::{Field, Lexicon, Needs, Swap, Tables};
use office::OfficeError;
use office::table::{OpenOptions, Row, TableReader, head_key, open};
use std::collections::HashMap;
use std::path::Path;

/// Largest file taken, bytes.
const FILE_BYTES_MAX: u64 = 64 << 30;
const BATCH_ROWS: usize = 8192;

/// Both tables with what is compared in them.
pub struct Loaded {
    pub tables: Tables,
    pub columns: Vec<ColumnSpec>,
    /// For each column its lexicon in `tables`.
    pub lexicons: Vec<usize>,
    pub fields: Vec<Field>,
    pub swaps: Vec<Swap>,
    pub left_ids: Vec<String>,
    pub right_ids: Vec<String>,
    /// Things a reader should know that are no reason to stop.
    pub warnings: Vec<String>,
}

impl Loaded {
    /// Index of a column by its name in the specification.
    pub fn column(&self, name: &str) -> usize {
        self.columns
            .iter()
            .position(|column| column.name == name)
            .unwrap_or_default()
    }
}

/// Reads both files.
pub fn load(spec: &Spec, left: &Path, right: Option<&Path>) -> Result<Loaded, AnyTableError> {
    let columns = columns_of(spec);
    let lexicons = lexicons_of(spec, &columns);
    let mut store = Store::new(spec, &columns, &lexicons);
    let left_side = store.read(left, spec.id.left(), ColumnSpec::left, spec)?;
    let right_side = right
        .map(|path| store.read(path, spec.id.right(), ColumnSpec::right, spec))
        .transpose()?;

    let Store {
        lexicons: values,
        warnings,
        ..
    } = store;
    let left_rows = left_side.ids.len();
    let right_rows = right_side.as_ref().map_or(left_rows, |side| side.ids.len());
    let (right_cells, right_ids) = right_side.map_or((None, Vec::new()), |side| (Some(side.cells), side.ids));
    let tables = Tables {
        lexicons: values,
        left: left_side.cells,
        right: right_cells,
        left_rows,
        right_rows,
    };
    let place = |name: &str| {
        columns
            .iter()
            .position(|column| column.name == name)
            .unwrap_or_default()
    };
    let fields = spec.compare.iter().map(|compare| Field {
        name: compare.column.clone(),
        column: place(&compare.column),
        lexicon: lexicons[place(&compare.column)],
        levels: compare.levels.clone(),
        rarity: compare.term_frequency.share(),
    });
    let compared = |name: &String| {
        spec.compare
            .iter()
            .position(|c| c.column == *name)
            .unwrap_or_default()
    };
    let swaps = spec.swap.iter().map(|swap| Swap {
        first: compared(&swap.columns[0]),
        second: compared(&swap.columns[1]),
    });
    let mut loaded = Loaded {
        fields: fields.collect(),
        swaps: swaps.collect(),
        tables,
        lexicons,
        left_ids: left_side.ids,
        right_ids,
        warnings,
        columns,
    };
    take_apart(spec, &mut loaded);
    Ok(loaded)
}

/// The columns described, and those only used, which are taken as they stand in the files.
fn columns_of(spec: &Spec) -> Vec<ColumnSpec> {
    let mut columns = spec.column.clone();
    let used_in_blocks = spec
        .block
        .iter()
        .flat_map(|block| block.on.iter().chain(block.right.iter().flatten()));
    let names = spec.compare.iter().map(|compare| &compare.column);
    for name in names.chain(used_in_blocks.map(|part| &part.column)) {
        if !columns.iter().any(|column| column.name == *name) {
            columns.push(ColumnSpec::plain(name));
        }
    }
    columns
}

/// One lexicon for each column; swapped columns share one, and so do the two columns of a crossed blocking rule.
fn lexicons_of(spec: &Spec, columns: &[ColumnSpec]) -> Vec<usize> {
    let mut lexicons: Vec<usize> = (0..columns.len()).collect();
    let place = |name: &str| {
        columns
            .iter()
            .position(|column| column.name == name)
            .unwrap_or_default()
    };
    let mut join = |a: usize, b: usize| {
        let (from, to) = (lexicons[a].max(lexicons[b]), lexicons[a].min(lexicons[b]));
        lexicons
            .iter_mut()
            .filter(|lexicon| **lexicon == from)
            .for_each(|lexicon| *lexicon = to);
    };
    for swap in &spec.swap {
        join(place(&swap.columns[0]), place(&swap.columns[1]));
    }
    for block in &spec.block {
        for (on, right) in block.on.iter().zip(block.right.iter().flatten()) {
            join(place(&on.column), place(&right.column));
        }
    }
    lexicons
}

fn take_apart(spec: &Spec, loaded: &mut Loaded) {
    let mut needs = vec![Needs::default(); loaded.tables.lexicons.len()];
    for field in &loaded.fields {
        for level in &field.levels {
            needs[field.lexicon] = needs[field.lexicon].and(level.needs());
        }
    }
    for part in spec
        .block
        .iter()
        .flat_map(|block| block.on.iter().chain(block.right.iter().flatten()))
    {
        let lexicon = loaded.lexicons[loaded.column(&part.column)];
        needs[lexicon] = needs[lexicon].and(part.form.needs());
    }
    for (lexicon, needs) in needs.into_iter().enumerate() {
        let mut cells = vec![0u32; loaded.tables.lexicons[lexicon].len()];
        let right = loaded.tables.right.iter().flatten();
        let sides = loaded
            .tables
            .left
            .iter()
            .zip(&loaded.lexicons)
            .chain(right.zip(&loaded.lexicons));
        for value in sides
            .filter(|(_, its)| **its == lexicon)
            .flat_map(|(column, _)| column)
        {
            cells[*value as usize] += 1;
        }
        cells[0] = 0;
        loaded.tables.lexicons[lexicon].take_apart(needs, &cells);
    }
}

/// One file's ids and cells.
struct Side {
    ids: Vec<String>,
    cells: Vec<Vec<u32>>,
}

/// The lexicons being filled.
struct Store<'a> {
    columns: &'a [ColumnSpec],
    lexicon_of: &'a [usize],
    lexicons: Vec<Lexicon>,
    /// For each column what became of each raw text.
    cleaned: Vec<HashMap<String, u32>>,
    nulls: Vec<Vec<String>>,
    warnings: Vec<String>,
}

impl<'a> Store<'a> {
    fn new(spec: &Spec, columns: &'a [ColumnSpec], lexicon_of: &'a [usize]) -> Store<'a> {
        let lower = |words: &[String]| words.iter().map(|word| word.trim().to_lowercase()).collect();
        Store {
            columns,
            lexicon_of,
            lexicons: vec![Lexicon::new(); columns.len()],
            cleaned: vec![HashMap::new(); columns.len()],
            nulls: columns
                .iter()
                .map(|column| lower(column.null.as_ref().unwrap_or(&spec.null)))
                .collect(),
            warnings: Vec::new(),
        }
    }

    fn read(
        &mut self,
        path: &Path,
        id_head: &str,
        heads_of: fn(&ColumnSpec) -> Vec<String>,
        spec: &Spec,
    ) -> Result<Side, AnyTableError> {
        let file = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let wanted: Vec<Vec<String>> = self.columns.iter().map(heads_of).collect();
        let opened = open_table(path, id_head, &wanted, spec)?;
        self.warnings.extend(opened.warning);
        let mut reader = opened.reader;
        let find = |head: &String| column_in(&reader, &file, head);
        let id_at = find(&id_head.to_owned())?;
        let places: Vec<Vec<usize>> = wanted
            .iter()
            .map(|heads| heads.iter().map(find).collect::<Result<Vec<_>, _>>())
            .collect::<Result<_, _>>()?;

        let mut ids = Ids {
            file: &file,
            head: id_head,
            seen: HashMap::new(),
            ids: Vec::new(),
        };
        let mut cells: Vec<Vec<u32>> = vec![Vec::new(); self.columns.len()];
        let mut rows: Vec<Row> = Vec::new();
        loop {
            rows.clear();
            let more = reader.next_batch(BATCH_ROWS, &mut rows)?;
            for row in &rows {
                if let Some(problem) = &row.broken {
                    return Err(AnyTableError::BrokenRow {
                        file,
                        row: row.number,
                        problem: problem.clone(),
                    });
                }
                ids.take(row, id_at)?;
                for (column, places) in places.iter().enumerate() {
                    let value = self.value(column, row, places);
                    cells[column].push(value);
                }
            }
            if !more {
                break;
            }
        }
        if ids.ids.is_empty() {
            return Err(AnyTableError::NoRows { file });
        }
        Ok(Side { ids: ids.ids, cells })
    }

    fn value(&mut self, column: usize, row: &Row, places: &[usize]) -> u32 {
        let joined;
        let raw = match places {
            [place] => row.cells[*place].text.as_str(),
            many => {
                let filled = many
                    .iter()
                    .map(|&at| row.cells[at].text.as_str())
                    .filter(|text| !text.is_empty());
                joined = filled.collect::<Vec<_>>().join(" ");
                joined.as_str()
            }
        };
        if raw.is_empty() {
            return 0;
        }
        if let Some(&number) = self.cleaned[column].get(raw) {
            return number;
        }
        let text = clean(raw, &self.columns[column].clean);
        let is_null = |text: &str| self.nulls[column].contains(&text.to_lowercase());
        let number = if is_null(raw.trim()) || is_null(&text) {
            0
        } else {
            self.lexicons[self.lexicon_of[column]].number_of(&text)
        };
        self.cleaned[column].insert(raw.to_owned(), number);
        number
    }
}

fn column_in(reader: &TableReader, file: &str, head: &str) -> Result<usize, AnyTableError> {
    let exact = reader.heads().iter().position(|seen| seen.trim() == head.trim());
    exact.or_else(|| reader.column(&[head])).ok_or_else(|| {
        let seen: Vec<&str> = reader
            .heads()
            .iter()
            .map(|head| head.trim())
            .filter(|head| !head.is_empty())
            .collect();
        AnyTableError::NoColumn {
            file: file.to_owned(),
            column: head.to_owned(),
            seen: seen.join("、"),
        }
    })
}

/// The ids of one file, each once.
struct Ids<'a> {
    file: &'a str,
    head: &'a str,
    seen: HashMap<String, u64>,
    ids: Vec<String>,
}

impl Ids<'_> {
    fn take(&mut self, row: &Row, at: usize) -> Result<(), AnyTableError> {
        let id = row.cells[at].text.trim();
        if id.is_empty() {
            return Err(AnyTableError::NoId {
                file: self.file.to_owned(),
                row: row.number,
                column: self.head.to_owned(),
            });
        }
        if let Some(first) = self.seen.insert(id.to_owned(), row.number) {
            return Err(AnyTableError::DoubleId {
                file: self.file.to_owned(),
                column: self.head.to_owned(),
                id: id.to_owned(),
                first,
                second: row.number,
            });
        }
        self.ids.push(id.to_owned());
        Ok(())
    }
}

struct Opened {
    reader: TableReader,
    warning: Option<String>,
}

/// Opens a file; the heads stand in its first row. The columns asked for must not stand there twice.
fn open_table(
    path: &Path,
    id_head: &str,
    wanted: &[Vec<String>],
    spec: &Spec,
) -> Result<Opened, AnyTableError> {
    let mut spellings: Vec<[&str; 1]> = wanted.iter().flatten().map(|head| [head.as_str()]).collect();
    spellings.push([id_head]);
    spellings.sort_unstable();
    spellings.dedup_by_key(|[head]| head_key(head));
    let known: Vec<&[&str]> = spellings.iter().map(|spelling| &spelling[..]).collect();
    let options = OpenOptions {
        required: &[],
        known: &known,
        max_bytes: FILE_BYTES_MAX,
    };
    if let Some(label) = spec.encoding.as_ref().filter(|_| is_text(path)) {
        return open_recoded(path, label, &options).map(|reader| Opened {
            reader,
            warning: None,
        });
    }
    match open(path, &options) {
        Ok(reader) => Ok(Opened {
            reader,
            warning: None,
        }),
        Err(error @ OfficeError::Encoding { .. }) if is_western(path) => {
            let reader = open_recoded(path, WESTERN, &options).map_err(|_| error)?;
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            Ok(Opened {
                reader,
                warning: Some(format!(
                    "文件 {file} 既不是 UTF-8 也不是 GB 18030，按 {WESTERN} 读取；如果不对，请在规格文件里写 encoding"
                )),
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// Neither Parquet nor a workbook, which say themselves how they are written.
fn is_text(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_err() || !(start == *b"PAR1" || start.starts_with(b"PK"))
}

/// What old Western files are in.
const WESTERN: &str = "windows-1252";

/// Bytes looked at to tell a Western file from a damaged UTF-8 one.
const SAMPLE_BYTES: u64 = 4 << 20;

/// No character of the file is UTF-8 beyond ASCII, and few bytes are beyond ASCII at all.
fn is_western(path: &Path) -> bool {
    use std::io::Read as _;
    let mut sample = Vec::new();
    let Ok(file) = std::fs::File::open(path) else {
        return false;
    };
    if file.take(SAMPLE_BYTES).read_to_end(&mut sample).is_err() {
        return false;
    }
    let beyond = sample.iter().filter(|byte| !byte.is_ascii()).count();
    let multibyte = sample
        .utf8_chunks()
        .flat_map(|chunk| chunk.valid().chars())
        .filter(|c| !c.is_ascii())
        .count();
    beyond * 10 < sample.len() && multibyte * 10 < beyond
}

/// Opens a text file of another character set through a copy in UTF-8, which is gone as soon as the file is closed.
fn open_recoded(path: &Path, label: &str, options: &OpenOptions<'_>) -> Result<TableReader, AnyTableError> {
    let unreadable = |error: &std::io::Error| {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        AnyTableError::from(OfficeError::unreadable(name, error))
    };
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let bytes = std::fs::read(path).map_err(|e| unreadable(&e))?;
    let (text, _, _) = encoding.decode(&bytes);
    let folder = tempfile::tempdir().map_err(|e| unreadable(&e))?;
    let copy = folder.path().join(path.file_name().unwrap_or(path.as_os_str()));
    std::fs::write(&copy, text.as_bytes()).map_err(|e| unreadable(&e))?;
    // The reader holds the file open, so the folder may go.
    Ok(open(&copy, options)?)
}
