//! The fonts of this machine: found once, opened when a paper needs them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontInfo};
use typst::utils::LazyHash;

use crate::OfficeError;

/// Folders of fonts. The first paper looks through them; a font that is put there later counts after a restart.
#[derive(Debug, Clone, Default)]
pub struct Fonts {
    shelf: Arc<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    folders: Vec<PathBuf>,
    case: OnceLock<Case>,
}

/// Families for running text, best first: 仿宋 as GB/T 9704-2012 has it where the unit has bought it, then what is free.
const TEXT: &[&str] = &[
    "FangSong_GB2312",
    "FangSong",
    "STFangsong",
    "FZFangSong-Z02",
    "FZFangSong-Z02S",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "Noto Serif SC",
    "SimSun",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "WenQuanYi Zen Hei",
    "AR PL UMing CN",
];

/// Families for titles: 小标宋, then what is free.
const TITLE: &[&str] = &[
    "FZXiaoBiaoSong-B05",
    "FZXiaoBiaoSong-B05S",
    "STZhongsong",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "Noto Serif SC",
];

/// Families for heads: 黑体, then what is free.
const HEAD: &[&str] = &[
    "SimHei",
    "FZHei-B01",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
];

/// What a Chinese font has; a font of the Latin script or of signs alone has not.
const CHINESE: &str = "中国工会会员登记表姓名单位盖章鄞";

/// What was found in the folders.
#[derive(Debug)]
pub(super) struct Case {
    pub book: LazyHash<FontBook>,
    faces: Vec<Face>,
    /// Families for running text, the best first, behind them all others of the machine.
    pub text: Vec<String>,
    /// The same for heads and for titles.
    pub head: Vec<String>,
    pub title: Vec<String>,
}

#[derive(Debug)]
struct Face {
    path: PathBuf,
    /// Which of a collection.
    index: u32,
    font: OnceLock<Option<Font>>,
}

impl Fonts {
    /// These folders and what lies below them, and nothing else.
    pub fn in_folders(folders: Vec<PathBuf>) -> Fonts {
        Fonts {
            shelf: Arc::new(Shelf {
                folders,
                case: OnceLock::new(),
            }),
        }
    }

    /// `own` where the unit has fonts of its own, then `share/fonts` beside the binary, then those of the system.
    pub fn of_machine(own: Option<&Path>) -> Fonts {
        // Those of the machine alone are the same for whoever asks in this process.
        static SHARED: OnceLock<Fonts> = OnceLock::new();
        match own {
            None => SHARED.get_or_init(|| Fonts::searched(None)).clone(),
            own => Fonts::searched(own),
        }
    }

    fn searched(own: Option<&Path>) -> Fonts {
        let beside = std::env::current_exe().ok().and_then(|binary| {
            let folder = binary.parent()?;
            Some([folder.join("share/fonts"), folder.join("../share/fonts")])
        });
        let system = ["/usr/share/fonts", "/usr/local/share/fonts"].map(PathBuf::from);
        let own = own.map(Path::to_owned).into_iter();
        Fonts::in_folders(own.chain(beside.into_iter().flatten()).chain(system).collect())
    }

    /// Whether a paper can be set here. Reads the fonts when it is asked for the first time: off the threads that answer requests.
    ///
    /// # Errors
    /// [`OfficeError::NoFont`] where no font has Chinese.
    pub fn check(&self) -> Result<(), OfficeError> {
        self.case().map(|_| ())
    }

    /// Which of these characters no font here has a glyph for.
    ///
    /// # Errors
    /// As [`Fonts::check`].
    pub fn lacking(&self, text: &str) -> Result<Vec<char>, OfficeError> {
        let case = self.case()?;
        Ok(text.chars().filter(|c| !case.has(*c)).collect())
    }

    pub(super) fn case(&self) -> Result<&Case, OfficeError> {
        let case = self.shelf.case.get_or_init(|| Case::read(&self.shelf.folders));
        if case.text.is_empty() {
            let folders = self.shelf.folders.iter();
            let folders: Vec<String> = folders.map(|folder| folder.display().to_string()).collect();
            return Err(OfficeError::NoFont {
                folders: folders.join("、"),
            });
        }
        Ok(case)
    }
}

impl Case {
    fn read(folders: &[PathBuf]) -> Case {
        let mut files = Vec::new();
        for folder in folders {
            let from = files.len();
            font_files(folder, 0, &mut files);
            files[from..].sort();
        }
        let mut book = FontBook::new();
        let mut faces = Vec::new();
        let mut chinese = Vec::new();
        for path in files {
            // What is no font, or broken, is none.
            let Ok(bytes) = std::fs::read(&path) else { continue };
            for (index, info) in FontInfo::iter(&bytes).enumerate() {
                // It has an empty box for every character there is.
                if info.is_last_resort() {
                    continue;
                }
                if CHINESE.chars().all(|c| info.coverage.contains(u32::from(c))) {
                    chinese.push(info.family.clone());
                }
                book.push(info);
                faces.push(Face {
                    path: path.clone(),
                    index: u32::try_from(index).unwrap_or(u32::MAX),
                    font: OnceLock::new(),
                });
            }
        }
        chinese.sort_unstable();
        chinese.dedup();
        Case {
            text: ordered(&book, &chinese, TEXT),
            head: ordered(&book, &chinese, HEAD),
            title: ordered(&book, &chinese, TITLE),
            book: LazyHash::new(book),
            faces,
        }
    }

    /// Whether some font has a glyph for it.
    pub fn has(&self, c: char) -> bool {
        let infos = (0..self.faces.len()).filter_map(|at| self.book.info(at));
        infos.into_iter().any(|info| info.coverage.contains(u32::from(c)))
    }

    pub fn font(&self, at: usize) -> Option<Font> {
        let face = self.faces.get(at)?;
        face.font
            .get_or_init(|| {
                let bytes = std::fs::read(&face.path).ok()?;
                Font::new(Bytes::new(bytes), face.index)
            })
            .clone()
    }
}

/// Families in the order in which they are tried; none at all where the machine has no Chinese.
fn ordered(book: &FontBook, chinese: &[String], wanted: &[&str]) -> Vec<String> {
    let known = wanted
        .iter()
        .filter(|family| chinese.iter().any(|own| own.eq_ignore_ascii_case(family)));
    let mut families: Vec<String> = known.map(|family| (*family).to_owned()).collect();
    // One's own of another name; a monospaced one and those of other countries come last by their names.
    families.extend(chinese.iter().filter(|own| own.ends_with("SC")).cloned());
    families.extend_from_slice(chinese);
    if families.is_empty() {
        return families;
    }
    families.extend(book.families().map(|(family, _)| family.to_owned()));
    let mut seen = std::collections::HashSet::new();
    families.retain(|family| seen.insert(family.to_lowercase()));
    families
}

/// Folders below folders that are looked into.
const DEPTH_MAX: usize = 8;

fn font_files(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if depth < DEPTH_MAX {
                font_files(&path, depth + 1, found);
            }
        } else if ["ttf", "otf", "ttc", "otc"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
        {
            found.push(path);
        }
    }
}
