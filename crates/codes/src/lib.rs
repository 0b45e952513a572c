//! Floor 0: identifiers, national codes, time, money, text normal forms, masks, field cryptography types.
//!
//! A value that came from a file, a form or a person is parsed here once, at the edge; inside the house an
//! invalid [`uscc::Uscc`] cannot exist. Three rules hold everywhere in this crate:
//!
//! * **Nothing is repaired silently.** A parser either proves a value or says why it cannot. Possible repairs of
//!   a mistyped code are offered by [`uscc::suggestions`] and decided elsewhere, by evidence.
//! * **Unknown is `None`, unreadable is an error, and neither ever becomes a default** (no `0`, no today).
//! * **No I/O and no hidden state.** The only statics are tables built once; time comes from a
//!   [`time::Clock`], identifiers from an [`id::IdSource`], keys from a [`crypto::KeyProvider`].
//!
//! | module | what | rule it follows |
//! | --- | --- | --- |
//! | [`uscc`] | 统一社会信用代码, also a union's own 81… code | GB 32100-2015 |
//! | [`org_code`] | 组织机构代码, stand-alone or inside a `Uscc` | GB 11714-1997 |
//! | [`reg_no`] | 15-digit business registration number (工商注册号) | GS 15-2006, ISO 7064 MOD 11,10 |
//! | [`employer_code`] | what stands in an "employer code" cell, whatever it is | — |
//! | [`resident_id`] | 公民身份号码, 18 and 15 digits | GB 11643-1999, ISO 7064 MOD 11-2 |
//! | [`id_document`] | 有效证件类别: which document a number is of | shapes as printed |
//! | [`division`] | 行政区划 by code and by name, retired codes included | GB/T 2260, statistical codes |
//! | [`industry`] | 国民经济行业分类: sections and two-digit divisions | GB/T 4754-2017 |
//! | [`company_name`], [`union_name`], [`address`] | Chinese names taken apart | 企业名称登记管理规定 |
//! | [`text`] | normal form, sound and shape keys | Unicode NFKC, OpenCC |
//! | [`money`], [`time`], [`id`], [`mobile`] | fen, instants and days, typed UUIDv7, telephones | — |
//! | [`totp`] | one-time codes of an authenticator app (动态口令) | RFC 6238, RFC 4226 |
//! | [`mask`], [`digest`], [`crypto`] | what a page may show; SM3; SM4-GCM and HMAC-SM3 | GB/T 32905, 32907 |
//!
//! Personal values ([`resident_id::ResidentId`], [`mobile::Mobile`]) neither print nor serialise: their `Debug`
//! is masked and the plain text is had only by `as_str()`, which is easy to search for.

pub mod address;
pub mod company_name;
pub mod crypto;
pub mod digest;
pub mod division;
pub mod employer_code;
pub mod id;
pub mod id_document;
pub mod industry;
pub mod mask;
pub mod mobile;
pub mod money;
pub mod org_code;
pub mod reg_no;
pub mod resident_id;
pub mod text;
pub mod time;
pub mod totp;
pub mod union_name;
pub mod uscc;

mod dictionary;
