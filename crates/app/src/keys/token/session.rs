//! One errand at a token: load the library, find the token, sign in, find the key, do one thing, leave.
//!
//! Errands are rare (a start, a new key), so nothing is kept open between them but the library, which the standard lets a process
//! initialise once. When a token is not found, the library is left and entered anew, as some see a token that was away only then: it
//! comes back without a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use codes::crypto::KeyError;
use codes::digest::Sm3Hasher;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;
use cryptoki::mechanism::{Mechanism as Asked, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use rand::RngExt as _;
use zeroize::Zeroizing;

use super::{Mechanism, TokenAccess, TokenKey};
use crate::keys::file;

/// First byte of what is wrapped here.
const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 12;
const TAG_BITS: u64 = 128;
/// Bytes of a new master key.
const KEY_BYTES: u64 = 32;
/// Bytes of the label's SM3 before the key under AES key wrap.
const LABEL_BYTES: usize = 32;
/// Longest PIN file that is read.
const PIN_LIMIT: u64 = 1024;

/// The libraries of this process and what one must not ask them again.
#[derive(Default)]
struct Libraries {
    /// Loaded once and never unloaded.
    loaded: BTreeMap<PathBuf, Pkcs11>,
    /// Those of them that are initialised.
    entered: BTreeSet<PathBuf>,
    /// PINs that a token has refused. Tokens lock themselves after a few wrong ones, so none is offered twice.
    refused: Vec<(String, Zeroizing<String>)>,
}

/// One errand at a time: signing in and out counts for the whole process.
static LIBRARIES: Mutex<Option<Libraries>> = Mutex::new(None);

/// Somebody who has signed in to a token.
pub(super) struct Errand<'a> {
    session: Session,
    key: &'a TokenKey,
}

/// Does one errand at the token of a key; a second time when a library that was entered earlier does not find it.
pub(super) fn with<T>(
    access: &TokenAccess,
    key: &TokenKey,
    errand: impl Fn(&Errand<'_>) -> Result<T, KeyError>,
) -> Result<T, KeyError> {
    let mut libraries = LIBRARIES.lock().unwrap_or_else(PoisonError::into_inner);
    let libraries = libraries.get_or_insert_default();
    let is_entered = |path: &PathBuf| libraries.entered.contains(path);
    let was_entered = access.module.as_ref().is_some_and(is_entered);
    let done = visit(libraries, access, key, &errand);
    if !done.as_ref().is_err_and(is_away) {
        return done;
    }
    libraries.leave(access);
    if !was_entered {
        return done;
    }
    visit(libraries, access, key, &errand).or_else(|_| {
        libraries.leave(access);
        // The first answer says what is the matter: without its token a library may not even initialise.
        done
    })
}

fn is_away(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::Token {
            code: "KEY-421" | "KEY-424" | "KEY-426",
            ..
        }
    )
}

fn visit<T>(
    libraries: &mut Libraries,
    access: &TokenAccess,
    key: &TokenKey,
    errand: impl Fn(&Errand<'_>) -> Result<T, KeyError>,
) -> Result<T, KeyError> {
    let pin = pin(access)?;
    let library = libraries.enter(access)?;
    let session = open(&library, key)?;
    let is_refused = |(token, known): &(String, Zeroizing<String>)| *token == key.token && **known == *pin;
    if libraries.refused.iter().any(is_refused) {
        return Err(wrong_pin(key, access));
    }
    match session.login(UserType::User, Some(&AuthPin::from(pin.as_str()))) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
        Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
            libraries.refused.push((key.token.clone(), pin));
            return Err(wrong_pin(key, access));
        }
        Err(Error::Pkcs11(RvError::PinLocked, _)) => {
            return Err(refused(
                "KEY-423",
                format!("令牌 {} 的口令已被锁定", key.token),
                "请由密码机管理员解锁",
            ));
        }
        Err(error) => return Err(away(key, &error)),
    }
    errand(&Errand { session, key })
}

fn pin(access: &TokenAccess) -> Result<Zeroizing<String>, KeyError> {
    let Some(path) = &access.pin_file else {
        return Err(refused(
            "KEY-423",
            "主密钥在密码机里，但没有说明口令放在哪里",
            "请设 GONGHUI_PKCS11_PIN_FILE，指向一个权限 0600、只写着用户口令的文件",
        ));
    };
    let bytes = file::read_private(path, PIN_LIMIT).map_err(|error| {
        let (KeyError::Missing(what) | KeyError::Unreadable(what)) = error else {
            return error;
        };
        refused(
            "KEY-423",
            format!("密码机口令文件不能用：{what}"),
            "请检查 GONGHUI_PKCS11_PIN_FILE",
        )
    })?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    match text.lines().next().unwrap_or_default() {
        "" => Err(refused(
            "KEY-423",
            format!("密码机口令文件 {} 的第一行是空的，或不是文字", path.display()),
            "请把用户口令写在第一行",
        )),
        line => Ok(Zeroizing::new(line.to_owned())),
    }
}

impl Libraries {
    /// The library of this machine's token, initialised.
    fn enter(&mut self, access: &TokenAccess) -> Result<Pkcs11, KeyError> {
        let Some(path) = &access.module else {
            return Err(refused(
                "KEY-420",
                "主密钥在密码机里，但没有说明用哪个 PKCS#11 模块",
                "请设 GONGHUI_PKCS11_MODULE，指向密码机厂家提供的 PKCS#11 库（.so 文件）",
            ));
        };
        let library = match self.loaded.get(path) {
            Some(library) => library.clone(),
            None => load(path)?,
        };
        self.loaded.insert(path.clone(), library.clone());
        if self.entered.contains(path) {
            return Ok(library);
        }
        match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
                self.entered.insert(path.clone());
                Ok(library)
            }
            Err(error) => Err(refused(
                "KEY-420",
                format!("PKCS#11 模块 {} 不能初始化（{}）", path.display(), named(&error)),
                "请检查密码机是否接好、开机，客户端的配置是否正确",
            )),
        }
    }

    /// Leaves the library, so that the next errand sees what is there then.
    fn leave(&mut self, access: &TokenAccess) {
        let Some(path) = access.module.as_ref().filter(|path| self.entered.remove(*path)) else {
            return;
        };
        if let Some(Err(error)) = self.loaded.get(path).map(|library| library.clone().finalize()) {
            tracing::warn!(%error, "a PKCS#11 library cannot be left");
        }
    }
}

fn load(path: &Path) -> Result<Pkcs11, KeyError> {
    let shown = path.display();
    if !path.exists() {
        return Err(refused(
            "KEY-420",
            format!("PKCS#11 模块 {shown} 不存在"),
            "请检查 GONGHUI_PKCS11_MODULE，或安装密码机厂家的客户端",
        ));
    }
    Pkcs11::new(path).map_err(|error| {
        refused(
            "KEY-420",
            format!("{shown} 不能作为 PKCS#11 模块载入：{error}"),
            "请换用与本机架构相同的 PKCS#11 库；GM/T 0018（SDF）接口的库不是 PKCS#11",
        )
    })
}

fn open(library: &Pkcs11, key: &TokenKey) -> Result<Session, KeyError> {
    let slots = library
        .get_slots_with_token()
        .map_err(|error| away(key, &error))?;
    let named: Vec<_> = slots
        .into_iter()
        // A slot whose token was taken out a moment ago is no slot of ours.
        .filter(|slot| {
            library
                .get_token_info(*slot)
                .is_ok_and(|token| token.label().trim_end() == key.token)
        })
        .collect();
    match named.as_slice() {
        [slot] => library.open_rw_session(*slot).map_err(|error| away(key, &error)),
        [] => Err(refused(
            "KEY-421",
            format!("找不到标签为 {} 的令牌", key.token),
            "请检查密码机是否接好、开机，令牌标签是否写对",
        )),
        several => Err(refused(
            "KEY-421",
            format!("有 {} 个令牌的标签都是 {}", several.len(), key.token),
            "请给令牌各起不同的标签",
        )),
    }
}

impl Errand<'_> {
    /// The key is there and stays there; a missing one is made.
    pub(super) fn prepare(&self) -> Result<(), KeyError> {
        if !self.found()?.is_empty() {
            return self.handle().map(drop);
        }
        if let Mechanism::VendorGcm(_) = self.key.mechanism {
            return Err(refused(
                "KEY-424",
                format!("令牌 {} 里没有标签为 {} 的密钥", self.key.token, self.key.key),
                "厂家自定义机制的密钥，请先用厂家的工具在令牌里生成（不可导出）",
            ));
        }
        let is_wrapping = self.key.mechanism == Mechanism::AesKeyWrap;
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::ValueLen(KEY_BYTES.into()),
            Attribute::Label(self.key.key.clone().into_bytes()),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            // One use only: a key that wraps and decrypts could be made to give out others.
            Attribute::Encrypt(!is_wrapping),
            Attribute::Decrypt(!is_wrapping),
            Attribute::Wrap(is_wrapping),
            Attribute::Unwrap(is_wrapping),
        ];
        self.session
            .generate_key(&Asked::AesKeyGen, &template)
            .map_err(|error| self.failed("生成密钥", &error))?;
        self.handle().map(drop)
    }

    pub(super) fn wrap(&self, label: &str, key: &[u8]) -> Result<Vec<u8>, KeyError> {
        let handle = self.handle()?;
        let mut wrapped = vec![FORMAT];
        if self.key.mechanism == Mechanism::AesKeyWrap {
            let value = [digest_of(label).as_slice(), key].concat();
            let inner = self
                .session
                .create_object(&[
                    Attribute::Value(value),
                    Attribute::Class(ObjectClass::SECRET_KEY),
                    Attribute::KeyType(KeyType::GENERIC_SECRET),
                    Attribute::Token(false),
                    Attribute::Extractable(true),
                    Attribute::Sensitive(false),
                ])
                .and_then(|inner| self.session.wrap_key(&Asked::AesKeyWrap, handle, inner))
                .map_err(|error| self.failed("包装密钥", &error))?;
            wrapped.extend_from_slice(&inner);
            return Ok(wrapped);
        }
        let mut nonce = [0u8; NONCE_BYTES];
        rand::rng().fill(&mut nonce);
        wrapped.extend_from_slice(&nonce);
        let encrypted = self
            .gcm(&mut nonce, label, |mechanism| {
                self.session.encrypt(mechanism, handle, key)
            })
            .map_err(|error| self.failed("包装密钥", &error))?;
        wrapped.extend_from_slice(&encrypted);
        Ok(wrapped)
    }

    pub(super) fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let handle = self.handle()?;
        let Some((&FORMAT, body)) = wrapped.split_first() else {
            return Err(KeyError::Wrapped);
        };
        if self.key.mechanism == Mechanism::AesKeyWrap {
            return self.unwrap_labelled(handle, label, body);
        }
        let Some((nonce, encrypted)) = body.split_first_chunk::<NONCE_BYTES>() else {
            return Err(KeyError::Wrapped);
        };
        self.gcm(&mut { *nonce }, label, |mechanism| {
            self.session.decrypt(mechanism, handle, encrypted)
        })
        .map(Zeroizing::new)
        .map_err(|error| self.not_opened(&error))
    }

    fn unwrap_labelled(
        &self,
        handle: ObjectHandle,
        label: &str,
        body: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::GENERIC_SECRET),
            Attribute::Token(false),
            Attribute::Extractable(true),
            Attribute::Sensitive(false),
        ];
        let inner = self
            .session
            .unwrap_key(&Asked::AesKeyWrap, handle, body, &template)
            .map_err(|error| self.not_opened(&error))?;
        let attributes = self
            .session
            .get_attributes(inner, &[AttributeType::Value])
            .map_err(|error| self.failed("解开密钥", &error))?;
        let Some(Attribute::Value(value)) = attributes.into_iter().next() else {
            return Err(refused(
                "KEY-425",
                format!("令牌 {} 不交出解开的数据密钥", self.key.token),
                "请换用 aes-gcm 机制",
            ));
        };
        let value = Zeroizing::new(value);
        match value.split_at_checked(LABEL_BYTES) {
            Some((name, key)) if name == digest_of(label) => Ok(Zeroizing::new(key.to_vec())),
            _ => Err(KeyError::Wrapped),
        }
    }

    /// Asks for GCM under the number that the token knows it by.
    fn gcm<T>(
        &self,
        nonce: &mut [u8; NONCE_BYTES],
        label: &str,
        ask: impl FnOnce(&Asked<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let params = GcmParams::new(nonce, label.as_bytes(), TAG_BITS.into())?;
        match self.key.mechanism {
            Mechanism::VendorGcm(number) => {
                let number = MechanismType::new_vendor_defined(number)?;
                ask(&Asked::VendorDefined(VendorDefinedMechanism::new(
                    number,
                    Some(&params),
                )))
            }
            Mechanism::AesGcm | Mechanism::AesKeyWrap => ask(&Asked::AesGcm(params)),
        }
    }

    /// The key, which must be one and must stay in the token.
    fn handle(&self) -> Result<ObjectHandle, KeyError> {
        let found = self.found()?;
        let TokenKey { token, key, .. } = self.key;
        let handle = match found.as_slice() {
            [handle] => *handle,
            [] => {
                return Err(refused(
                    "KEY-424",
                    format!("令牌 {token} 里没有标签为 {key} 的密钥"),
                    "请接上原来的密码机，或由密码机管理员从其备份恢复这把密钥",
                ));
            }
            several => {
                return Err(refused(
                    "KEY-424",
                    format!("令牌 {token} 里有 {} 把密钥的标签都是 {key}", several.len()),
                    "请由密码机管理员改名，只留一把",
                ));
            }
        };
        let kept = [AttributeType::Sensitive, AttributeType::Extractable];
        let kept = self
            .session
            .get_attributes(handle, &kept)
            .map_err(|error| self.failed("查看密钥", &error))?;
        let is_kept =
            kept.contains(&Attribute::Sensitive(true)) && kept.contains(&Attribute::Extractable(false));
        if !is_kept {
            return Err(refused(
                "KEY-425",
                format!("令牌 {token} 中的密钥 {key} 可以导出，不能作主密钥"),
                "请在令牌里生成一把不可导出的密钥，或换一个标签让系统生成",
            ));
        }
        Ok(handle)
    }

    fn found(&self) -> Result<Vec<ObjectHandle>, KeyError> {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Label(self.key.key.clone().into_bytes()),
        ];
        self.session
            .find_objects(&template)
            .map_err(|error| away(self.key, &error))
    }

    /// Decryption that fails: the bytes are wrong, or the token is away.
    fn not_opened(&self, error: &Error) -> KeyError {
        match error {
            Error::Pkcs11(
                RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::WrappedKeyInvalid
                | RvError::WrappedKeyLenRange
                // What SoftHSM answers to a tag that does not fit.
                | RvError::GeneralError,
                _,
            ) => {
                tracing::warn!(%error, "a token does not open a wrapped key");
                KeyError::Wrapped
            }
            other => self.failed("解开密钥", other),
        }
    }

    fn failed(&self, deed: &str, error: &Error) -> KeyError {
        match error {
            Error::Pkcs11(
                RvError::MechanismInvalid
                | RvError::MechanismParamInvalid
                | RvError::KeyTypeInconsistent
                | RvError::KeyFunctionNotPermitted
                | RvError::KeySizeRange
                | RvError::TemplateInconsistent
                | RvError::AttributeValueInvalid
                | RvError::FunctionNotSupported,
                _,
            ) => refused(
                "KEY-425",
                format!(
                    "令牌 {} 不能用 {} 机制{deed}（{}）",
                    self.key.token,
                    self.key.mechanism,
                    named(error)
                ),
                "请换用令牌支持的机制（--mechanism），或检查密钥的类型和用途",
            ),
            other => away(self.key, other),
        }
    }
}

fn wrong_pin(key: &TokenKey, access: &TokenAccess) -> KeyError {
    let file = access.pin_file.as_deref().unwrap_or(Path::new(""));
    refused(
        "KEY-423",
        format!("令牌 {} 不接受口令文件 {} 里的口令", key.token, file.display()),
        "请改正口令文件；同一个错误口令不会再试，以免令牌被锁定",
    )
}

fn away(key: &TokenKey, error: &Error) -> KeyError {
    refused(
        "KEY-426",
        format!("令牌 {} 没有应答（{}）", key.token, named(error)),
        "请检查密码机和到它的连接；已经启动的服务照常查看和登记，恢复之前不能启动、不能更换密钥",
    )
}

/// What PKCS#11 calls an error; its own words are a paragraph each.
fn named(error: &Error) -> String {
    match error {
        Error::Pkcs11(code, _) => format!("{code:?}"),
        other => other.to_string(),
    }
}

fn digest_of(label: &str) -> [u8; 32] {
    let mut hasher = Sm3Hasher::new();
    hasher.update(label.as_bytes());
    hasher.finish()
}

fn refused(code: &'static str, what: impl Into<String>, hint: &str) -> KeyError {
    KeyError::Token {
        code,
        what: what.into(),
        hint: hint.to_owned(),
    }
}
