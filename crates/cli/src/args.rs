//! What can be typed. Help is written to teach: each command says what it does to the data and shows a line to copy.

use std::net::SocketAddr;
use std::path::PathBuf;

use app::keys::token::Mechanism;
use clap::{Parser, Subcommand, ValueEnum};
use codes::time::Day;
use domain::intake::Kind;

#[derive(Debug, Parser)]
#[command(
    name = "gonghui",
    version,
    about = "gonghui (工会): from public data to a founded union",
    after_help = "A first tour:\n  gonghui init                         make keys and an empty store in ./gonghui-data\n  gonghui demo --out city              write a small synthetic city as files\n  gonghui import city                  take them in\n  gonghui reconcile                    link, apply the rules, fill the lists\n  gonghui demo --accounts              accounts to try every role with\n  gonghui serve                        open the console in a browser\n\nData goes to stdout or --out, messages to stderr. Exit status: 0 done, 1 failed, 2 wrong usage."
)]
pub struct Args {
    /// Folder of the embedded store, the lake and the keys
    #[arg(
        long,
        global = true,
        env = "GONGHUI_DATA",
        default_value = "gonghui-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// PostgreSQL address; the embedded SQLite store in the data folder when absent
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<String>,
    #[command(flatten)]
    pub token: TokenAccessArgs,
    /// Folder that anchors of the journal are carried to as well: on another machine, or one that only takes additions
    #[arg(long, global = true, env = "GONGHUI_ANCHOR_DIR", value_name = "DIR")]
    pub anchor_dir: Option<PathBuf>,
    /// System log that anchors are sent to as well: udp://HOST:514 or /dev/log
    #[arg(long, global = true, env = "GONGHUI_ANCHOR_SYSLOG", value_name = "WHERE")]
    pub anchor_syslog: Option<app::journal::anchor::Syslog>,
    /// Folder of fonts for PDF, looked through before share/fonts beside the binary and the system's
    #[arg(long, global = true, env = "GONGHUI_FONTS", value_name = "DIR")]
    pub fonts: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

/// How this machine reaches the token (密码机) that holds the master key; only where `gonghui init` or `gonghui key move` has put it there.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Key token (密码机)")]
pub struct TokenAccessArgs {
    /// PKCS#11 library of the token that holds the master key
    #[arg(long, global = true, env = "GONGHUI_PKCS11_MODULE", value_name = "FILE")]
    pub pkcs11_module: Option<PathBuf>,
    /// File of mode 0600 with the token's user PIN in its first line; a PIN never stands on the command line
    #[arg(long, global = true, env = "GONGHUI_PKCS11_PIN_FILE", value_name = "FILE")]
    pub pkcs11_pin_file: Option<PathBuf>,
}

/// Which key of which token.
#[derive(Debug, Clone, clap::Args)]
pub struct TokenArgs {
    /// Label of the token
    #[arg(long, env = "GONGHUI_PKCS11_TOKEN", value_name = "LABEL")]
    pub token: Option<String>,
    /// Label of the key in the token: one that is there and cannot leave it, or else one is made
    #[arg(
        long,
        env = "GONGHUI_PKCS11_KEY",
        default_value = "gonghui-master",
        value_name = "LABEL"
    )]
    pub key: String,
    /// How the token wraps: aes-gcm, aes-key-wrap, or gcm:0x8… for a number of its maker's own (SM4)
    #[arg(
        long,
        env = "GONGHUI_PKCS11_MECHANISM",
        default_value = "aes-gcm",
        value_name = "NAME"
    )]
    pub mechanism: Mechanism,
}

/// Where the master key lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyProviderArg {
    /// In a file of the data folder
    File,
    /// In a token that speaks PKCS#11 (密码机)
    Pkcs11,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the data folder: keys, empty store, first account (安全管理员), who opens all others
    #[command(
        after_help = "The one-time password of `admin`, the security administrator, is written to a file of mode 0600 in the data folder, which is named on stderr.\nA folder that is initialised already is left as it is (exit 0).\n\n  gonghui init\n  gonghui --data /srv/gonghui init\n\nThe master key in a token instead of a file (密码机, PKCS#11): it is made there, or was made there before, and never leaves it.\n\n  export GONGHUI_PKCS11_MODULE=/usr/lib/softhsm/libsofthsm2.so GONGHUI_PKCS11_PIN_FILE=/etc/gonghui/pin\n  gonghui init --key-provider pkcs11 --token gonghui"
    )]
    Init {
        /// Where the master key is to lie
        #[arg(long, value_enum, env = "GONGHUI_KEY_PROVIDER", default_value_t = KeyProviderArg::File)]
        key_provider: KeyProviderArg,
        #[command(flatten)]
        token: TokenArgs,
    },
    /// Give an account a new one-time password and take its second factor away (救援)
    #[command(
        after_help = "For the security administrator whom nobody else can help: password or telephone lost, recovery codes as well. The one-time\npassword is written to a file of mode 0600 in the data folder, which is named on stderr; all sessions end, and the journal\nsays so. An account that was taken out of use stays so.\n\n  gonghui rescue admin"
    )]
    Rescue {
        /// The login name
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// Serve the console over HTTP
    #[command(
        after_help = "  gonghui serve\n  gonghui serve --listen 127.0.0.1:9000\n  gonghui serve --behind-tls           a gateway in front speaks https to the browsers\n\nSigning in with the unit's own identity provider (统一身份认证, OpenID Connect): register https://YOUR-ADDRESS/sign-in/provider/return\nthere, then set GONGHUI_OIDC_ISSUER, GONGHUI_OIDC_CLIENT_ID, GONGHUI_PUBLIC_URL and the secret. The secret never stands on the\ncommand line: it is in a file of mode 0600 (GONGHUI_OIDC_SECRET_FILE) or in GONGHUI_OIDC_SECRET. Wrong settings end the start.\n\nTLS belongs to a gateway in front; listen on loopback unless one stands there. Ctrl-C or SIGTERM ends it after open requests."
    )]
    Serve {
        /// Address and port
        #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR:PORT")]
        listen: SocketAddr,
        /// Browsers reach the console over https, through a gateway: cookies are sent over https only (Secure), and
        /// browsers are told to come by https from now on (HSTS). Without https in front nobody could sign in.
        #[arg(long, env = "GONGHUI_BEHIND_TLS", value_parser = clap::builder::FalseyValueParser::new())]
        behind_tls: bool,
        /// Gateways in front of this server, by address or net (10.0.0.7, 10.0.0.0/24), several parted by commas: only they
        /// say where a request comes from (X-Forwarded-For). With --behind-tls a gateway on this machine counts without it.
        #[arg(
            long,
            env = "GONGHUI_TRUSTED_PROXY",
            value_delimiter = ',',
            value_name = "ADDR[/BITS]"
        )]
        trusted_proxy: Vec<web::TrustedProxy>,
        /// Requests that one token of the interface (/api/v1) may send in a minute
        #[arg(long, env = "GONGHUI_API_LIMIT", default_value_t = 600, value_name = "N")]
        api_limit: u32,
        #[command(flatten)]
        identity: IdentityArgs,
    },
    /// Make, list and withdraw tokens for programs (接口令牌)
    #[command(
        after_help = "A program sends the token with every request to /api/v1; the console's page /api says what it can ask for.\nA token does what its account may do and its scopes name, nothing more. The secret is printed once and kept nowhere.\n\n  gonghui token make --account wang --name 年报系统 --scope union:read --scope list:read --days 90\n  gonghui token list --account wang\n  gonghui token withdraw 01990d2e-…"
    )]
    Token {
        #[command(subcommand)]
        what: TokenCommand,
    },
    /// Write a synthetic city as files, or make demo accounts
    #[command(
        after_help = "Everything is generated from the seed: no real person or firm is in it. The truth is written to DIR/truth/.\n\n  gonghui demo --out city\n  gonghui demo --scale county --seed 7 --format parquet --out county\n  gonghui demo --accounts              accounts of every role in the register that was imported"
    )]
    Demo {
        /// How large: small 300 unions, county 1,700, half-city 13,650, city 27,300
        #[arg(long, value_enum, default_value_t = ScaleArg::Small)]
        scale: ScaleArg,
        /// The same seed gives the same city
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The day the city is made for (default today)
        #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
        as_of: Option<Day>,
        /// File format (default: csv for small and county, else parquet)
        #[arg(long, value_enum)]
        format: Option<FileFormat>,
        /// Folder to write to; it must not exist or be empty
        #[arg(long, value_name = "DIR", required_unless_present = "accounts")]
        out: Option<PathBuf>,
        /// Make demo accounts in the data folder instead of files; they share one printed password
        #[arg(long, conflicts_with_all = ["out", "scale", "seed", "format", "as_of"])]
        accounts: bool,
    },
    /// Take in files: a folder, or one file of a kind
    #[command(
        after_help = "A folder is read for <kind>.{parquet,csv,xlsx}, in the order enterprises, unions, covers, members, insurance, tax, drivers.\nA file with an `op` column is a delta, without it the full state. The same file twice changes nothing.\n\n  gonghui import city\n  gonghui import --kind insurance 参保-2026-11.xlsx\n  gonghui import --kind members 会员.xlsx --check --out 核对.xlsx   what it would do; nothing is written\n  gonghui import --list\n  gonghui import --rejects 12 --out rejects.xlsx     the rows that were refused, with the reason\n  gonghui import --undo 12\n  gonghui import --undo 12 --rest                    only the rows that nobody has changed since"
    )]
    Import {
        /// A folder, or with --kind a file
        #[arg(required_unless_present_any = ["list", "undo", "rejects"])]
        path: Option<PathBuf>,
        /// What the file holds
        #[arg(long, value_parser = kind, value_name = "KIND")]
        kind: Option<Kind>,
        /// Only say what the file would change, row counts and reasons (核对)
        #[arg(long, requires_all = ["kind", "path"])]
        check: bool,
        /// Undo this batch (数据批次)
        #[arg(long, value_name = "BATCH", conflicts_with_all = ["path", "list", "rejects"])]
        undo: Option<i64>,
        /// With --undo: leave rows that somebody has changed since, undo the others
        #[arg(long, requires = "undo")]
        rest: bool,
        /// List the batches
        #[arg(long, conflicts_with_all = ["path", "rejects"])]
        list: bool,
        /// Write this batch's rejected and doubtful rows as a workbook
        #[arg(long, value_name = "BATCH", conflicts_with = "path", requires = "out")]
        rejects: Option<i64>,
        /// Where the rows with their reasons go, as .xlsx or .csv
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// How the summary is printed
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Run the main job: link registers, apply the rules, fill and close the lists
    #[command(
        after_help = "  gonghui reconcile\n  gonghui reconcile --as-of 2026-11-20\n  gonghui reconcile --rules my-rules --retrain\n\nThe as-of date is the only \"now\" that linkage and rules see. A run that is interrupted leaves nothing behind; run it again."
    )]
    Reconcile {
        /// The day the rules look from (default today in Asia/Shanghai)
        #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
        as_of: Option<Day>,
        /// Train the linkage model anew instead of using the frozen one
        #[arg(long)]
        retrain: bool,
        /// Rules from a folder instead of the shipped ones
        #[arg(long, value_name = "DIR")]
        rules: Option<PathBuf>,
        /// Worker threads (default: one a core)
        #[arg(long)]
        threads: Option<usize>,
        /// How the summary is printed
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Compare the last run with a known truth: precision, recall, F1
    #[command(
        after_help = "Only `linked` counts as found; `verify` counts as not found.\n\n  gonghui check --truth city/truth\n  gonghui check --truth city/truth --format json"
    )]
    Check {
        /// Folder with links.csv, members.csv (or .parquet) and found_25.csv
        #[arg(long, value_name = "DIR")]
        truth: PathBuf,
        /// How the figures are printed
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Write links, members-insured or the list for other programs
    #[command(
        after_help = "UTF-8 without BOM, rows ordered by the first column, values unmasked: handle with care.\n\n  gonghui export links > links.csv\n  gonghui export list --rule found-25\n  gonghui export list --kind task --all --format json\n  gonghui export members-insured --format parquet --out insured.parquet"
    )]
    Export {
        #[command(subcommand)]
        what: ExportWhat,
    },
    /// Count what is missing, wrong or doubled in the register
    #[command(
        after_help = "More than eighty checks, most of them from the data dictionary; the console shows the unions and rows behind each number.\nThe server counts every night between three and six as well.\n\n  gonghui quality\n  gonghui quality --format json"
    )]
    Quality {
        /// How faults are printed, those that make a record unsound first
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Check, export or write down the seals of the journal (日志封签)
    Journal {
        #[command(subcommand)]
        what: JournalWhat,
    },
    /// Change data key or master key while people work, or say how the keys stand (密钥轮换)
    Key {
        #[command(subcommand)]
        what: KeyWhat,
    },
    /// Why a union was, or was not, linked to an employer
    Link {
        #[command(subcommand)]
        what: LinkWhat,
    },
    /// Print shell completions
    #[command(after_help = "  gonghui completions bash > /etc/bash_completion.d/gonghui")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// The unit's own identity provider (统一身份认证).
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Identity provider (统一身份认证)")]
pub struct IdentityArgs {
    /// Address under which browsers reach the console, such as https://gonghui.example.cn
    #[arg(long, env = "GONGHUI_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Address of the provider (issuer); https, http only on this machine
    #[arg(long, env = "GONGHUI_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,
    /// What the provider calls this installation
    #[arg(long, env = "GONGHUI_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,
    /// File of mode 0600 with the client secret; without one, and without GONGHUI_OIDC_SECRET, this is a public client
    #[arg(long, env = "GONGHUI_OIDC_SECRET_FILE", value_name = "FILE")]
    pub oidc_secret_file: Option<PathBuf>,
    /// Certificates of the unit's own authority (PEM), beside those of the system
    #[arg(long, env = "GONGHUI_OIDC_CA_FILE", value_name = "FILE")]
    pub oidc_ca_file: Option<PathBuf>,
    /// What the provider says when it asked for a second factor, as amr=mfa or acr=…; none counts without this
    #[arg(long, env = "GONGHUI_OIDC_SECOND_FACTOR", value_name = "LIST")]
    pub oidc_second_factor: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum KeyWhat {
    /// Every data key: its number, since when, whether it seals, and how many values of the database it seals
    Status {
        /// How the keys are printed
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Make a new data key, wait half a minute until every process has it, and seal all values anew
    #[command(
        after_help = "People go on working. Interrupted, it goes on with `gonghui key reseal`; a server goes on by itself at its next start and every night.\nNumbers, phones and their blind indices are found as before; the master key stays what it is.\n\n  gonghui key rotate\n  gonghui key status\n  gonghui key retire                   ten minutes later, or any time after"
    )]
    Rotate {
        /// Only make the key; the server seals anew
        #[arg(long)]
        later: bool,
    },
    /// Seal anew what older keys have sealed: go on where a change of keys was interrupted
    Reseal,
    /// Throw away older keys that seal nothing any more
    Retire,
    /// Put a new master key in the place of the old one, in the same file folder or token
    #[command(
        after_help = "Root secret and data keys are wrapped anew in one step; no value is touched and people go on working. The file of the old master\nkey is removed; a key in a token is left to the token's keeper. Old backups still need the old master key. After a leak, change the\ndata key as well (`gonghui key rotate`): what the guide says about it is worth reading. Other servers of the same database need the\nnew root.key and master key file before their next start.\n\n  gonghui key rotate-master\n  gonghui key rotate-master --key gonghui-2027      a token's key by that label, made there if absent"
    )]
    RotateMaster {
        /// Label of the new key in the token (default: the label before with the next number)
        #[arg(long, value_name = "LABEL")]
        key: Option<String>,
    },
    /// Move the master key from a file into a token (密码机), to another token or mechanism, or back into a file
    #[command(
        after_help = "A new master key is made in its new place and wraps root secret and data keys; no value is touched. At every moment, also after a\npower cut, the installation starts with what is there; interrupted, run it again. The library and the PIN file are settings that\n`gonghui serve` needs as well from then on.\n\n  export GONGHUI_PKCS11_MODULE=/usr/lib/softhsm/libsofthsm2.so GONGHUI_PKCS11_PIN_FILE=/etc/gonghui/pin\n  gonghui key move --to pkcs11 --token gonghui\n  gonghui key move --to file"
    )]
    Move {
        /// Where the master key goes
        #[arg(long, value_enum)]
        to: KeyProviderArg,
        #[command(flatten)]
        token: TokenArgs,
    },
}

#[derive(Debug, Subcommand)]
pub enum JournalWhat {
    /// Compute every seal anew and name the first row that does not fit; exit status 1 then
    Verify,
    /// Write the whole journal with its seals as lines of JSON, for scripts/verify-journal.py
    #[command(
        after_help = "The script needs Python alone and checks the export without any part of gonghui.\n\n  gonghui journal export --out journal.jsonl\n  python3 scripts/verify-journal.py journal.jsonl --anchors gonghui-data/journal-anchors.csv --public-key anchor-key.pem"
    )]
    Export {
        /// File to write (default: stdout)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Write the last seal down, signed: to the store, to journal-anchors.csv in the data folder, to --anchor-dir and --anchor-syslog, and
    /// to stdout as time,seq,entries,seal,key,signature
    Anchor,
    /// Print the public key of anchors, as openssl reads it
    Key,
}

#[derive(Debug, Subcommand)]
pub enum ExportWhat {
    /// One row per union of the register: its employer, how sure, and why
    Links(ExportTo),
    /// One row per membership: its insured record
    MembersInsured(ExportTo),
    /// List items, open ones unless --all
    List {
        /// Only this rule
        #[arg(long)]
        rule: Option<String>,
        /// Only this list
        #[arg(long, value_enum)]
        kind: Option<ListKindArg>,
        /// Closed items as well
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        to: ExportTo,
    },
    /// Unions in the dictionary's columns, as the console exports them
    #[command(
        after_help = "Personal values are masked unless --plain. An unmasked file that is imported again changes nothing.\nThe export goes to the journal with its reason.\n\n  gonghui export unions --reason 核对台账 --out 工会.xlsx\n  gonghui export unions --county 330226 --columns union_name,chair,phone --plain --reason 换届提醒 --out 工会.csv"
    )]
    Unions {
        /// Part of a name, or a code from its start
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
        /// Only this county, by its six-digit code
        #[arg(long)]
        county: Option<i64>,
        #[command(flatten)]
        to: RegisterTo,
    },
    /// Members in the dictionary's columns, as the console exports them
    #[command(
        after_help = "Personal values are masked unless --plain. An unmasked file that is imported again changes nothing.\nThe export goes to the journal with its reason.\n\n  gonghui export members --reason 核对台账 --out 会员.xlsx\n  gonghui export members --union U000001 --plain --purpose L01 --reason 补充证件号码 --out 会员.csv"
    )]
    Members {
        /// Only of this union, by its key (工会标识)
        #[arg(long, value_name = "KEY", default_value = "")]
        union: String,
        /// What the data are used for when they go out in full, by its code in the list 处理目的 (L01 by law, C01 by consent …); who did not
        /// agree is left out
        #[arg(long, value_name = "CODE", default_value = "")]
        purpose: String,
        #[command(flatten)]
        to: RegisterTo,
    },
    /// The workbook to fill in for a kind of record, with drop-downs, a sample row and an explanation of each column
    #[command(
        after_help = "The sample row may stay: an import passes it by.\n\n  gonghui export template --kind members --out members.xlsx"
    )]
    Template {
        /// What the rows are
        #[arg(long, value_parser = kind, value_name = "KIND")]
        kind: Kind,
        /// File to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum LinkWhat {
    /// The contributions of each field to one union's link, and the runner-up
    #[command(
        after_help = "Contributions are bits: each adds to or takes from the odds that the union belongs to the employer, twice as likely per bit.\nPersons and phones are masked, as on the pages.\n\n  gonghui link explain GH69695652\n  gonghui link explain GH69695652 --format json"
    )]
    Explain {
        /// The register's own key of the union (工会标识)
        union_id: String,
        /// How it is printed
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// How the linkage of a run worked: pairs proposed, levels and their weights, how the weights spread
    #[command(
        after_help = "With --truth also recall by kind of dirt, and whether probabilities keep their word (of the last run).\n\n  gonghui link report\n  gonghui link report --run 12 --format json\n  gonghui link report --truth city/truth --format html --out report.html"
    )]
    Report {
        /// Number of the run (default: the last finished one)
        #[arg(long, value_name = "RUN")]
        run: Option<i64>,
        /// Folder with links.csv or links.parquet, as `gonghui demo` writes it
        #[arg(long, value_name = "DIR", conflicts_with = "run")]
        truth: Option<PathBuf>,
        /// How it is printed
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
        /// File to write (default stdout)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Tables of text
    Table,
    /// One JSON object
    Json,
    /// A page with charts, complete in one file
    Html,
}

#[derive(Debug, clap::Args)]
pub struct RegisterTo {
    /// Columns by their English heads, separated by commas (default: all)
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    pub columns: Vec<String>,
    /// Personal values in full
    #[arg(long)]
    pub plain: bool,
    /// What for: goes to the journal and into the workbook or onto each page
    #[arg(long, value_name = "WORDS")]
    pub reason: String,
    /// File to write: .xlsx, .csv, or .pdf for a roll on paper (名册; at most 2,000 rows and 12 columns)
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct ExportTo {
    /// How rows are written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// File to write (default stdout)
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One JSON object a line
    Json,
    /// RFC 4180
    Csv,
    /// Apache Parquet, to a file
    Parquet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    Csv,
    Parquet,
    Xlsx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScaleArg {
    Small,
    County,
    HalfCity,
    City,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListKindArg {
    /// 核实清单
    Verify,
    /// 任务清单
    Task,
    /// 工作清单
    Work,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse_iso(text).map_err(|_| format!("{text}: write a day as 2026-11-20"))
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::from_name(text).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        format!("{text}: not a kind of data; known: {}", known.join(", "))
    })
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token for an account and print its secret, once
    Make {
        /// Sign-in name of the account
        #[arg(long, value_name = "LOGIN")]
        account: String,
        /// What it is for, such as the name of the system that calls
        #[arg(long)]
        name: String,
        /// What it may do: union:read, union:found, union:write, member:read, member:write, member:erase, list:read, list:write,
        /// import:read, import:write, import:undo, export:write, run:read, run:write, journal:read, account:read, approval:write; several
        /// times for several
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
        /// For so many days from today
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=366))]
        days: i64,
    },
    /// List the tokens of an account; secrets are not kept
    List {
        /// Sign-in name of the account
        #[arg(long, value_name = "LOGIN")]
        account: String,
        /// How the list is printed
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Take a token back, at once and for good
    Withdraw {
        /// Its id, as the list prints it
        id: String,
    },
}
