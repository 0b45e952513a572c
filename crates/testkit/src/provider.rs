//! An identity provider for tests (OpenID Connect): documents, keys and tokens as a real one has them, and as an attacker would.
//! The browser's part is [`Provider::approve`]. Against a real provider the story in `e2e/identity.test.mjs` goes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use app::identity::{IdentityProvider, ProviderSettings};
use codes::time::Timestamp;
use domain::identity::FactorMarks;
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::url::{Url, form_urlencoded};
use openidconnect::{JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The name of the installation at the provider, and its secret.
const CLIENT: (&str, &str) = ("gonghui", "a secret of the test");

/// A provider on this machine, until it is dropped with the test's runtime.
#[derive(Clone)]
pub struct Provider {
    /// Its address.
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// Which of the keys signs; the ones before it are published no more.
    key: u8,
    is_down: bool,
    codes: HashMap<String, (String, String)>,
    issued: u32,
}

/// What the provider says about somebody, sound unless a test makes it otherwise.
#[derive(Debug, Clone)]
pub struct Token {
    /// Who.
    pub subject: String,
    /// When the token is made.
    pub at: Timestamp,
    /// Claims that replace or join the sound ones; `null` takes one away.
    pub claims: Value,
    /// The algorithm that its head names: `EdDSA`, or for forgeries `none` and `HS256`.
    pub algorithm: &'static str,
    /// Signed by a key that the provider does not have.
    pub is_forged: bool,
}

impl Token {
    /// A sound token about somebody.
    pub fn of(subject: &str, at: Timestamp) -> Token {
        Token {
            subject: subject.to_owned(),
            at,
            claims: json!({}),
            algorithm: "EdDSA",
            is_forged: false,
        }
    }

    /// The same with other claims.
    pub fn with(self, claims: Value) -> Token {
        Token { claims, ..self }
    }
}

impl Provider {
    /// Starts one.
    ///
    /// # Panics
    /// When this machine lends no port.
    pub async fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let provider = Provider {
            url,
            inner: Arc::default(),
        };
        let answering = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let one = answering.clone();
                tokio::spawn(async move { one.answer(stream).await });
            }
        });
        provider
    }

    /// The settings of an installation that trusts this one.
    pub fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            issuer: self.url.clone(),
            client_id: CLIENT.0.to_owned(),
            client_secret: Some(CLIENT.1.to_owned()),
            public_url: "http://127.0.0.1:8080".to_owned(),
            ca_pem: None,
            factor_marks: FactorMarks::parse("amr=mfa").expect("sound"),
        }
    }

    /// What an installation that trusts this one is given.
    ///
    /// # Panics
    /// When the settings are refused.
    pub fn client(&self) -> Arc<IdentityProvider> {
        Arc::new(IdentityProvider::new(self.settings()).expect("sound settings"))
    }

    /// From now on it signs with another key, and publishes only that.
    pub fn change_key(&self) {
        self.lock().key += 1;
    }

    /// Whether it answers at all.
    pub fn set_down(&self, is_down: bool) {
        self.lock().is_down = is_down;
    }

    /// The browser's part: the person signs in there and is led back; answers the query of the address they come back to.
    ///
    /// # Panics
    /// When the address is not one that a provider would take: no state, nonce or PKCE challenge.
    pub fn approve(&self, address: &str, token: &Token) -> String {
        let url = Url::parse(address).expect("an address");
        assert!(
            address.starts_with(&format!("{}/authorize?", self.url)),
            "{address}"
        );
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT.0);
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(asked["scope"], "openid");
        let text = self.sign(token, &asked["nonce"]);
        let mut inner = self.lock();
        inner.issued += 1;
        let code = format!("code-{}", inner.issued);
        inner
            .codes
            .insert(code.clone(), (text, asked["code_challenge"].clone()));
        drop(inner);
        form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &asked["state"])
            .append_pair("iss", &self.url)
            .finish()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self, token: &Token, nonce: &str) -> String {
        let at = token.at.millis() / 1000;
        let mut claims = json!({
            "iss": self.url, "sub": token.subject, "aud": CLIENT.0, "exp": at + 300, "iat": at, "nonce": nonce,
        });
        if let (Some(claims), Some(others)) = (claims.as_object_mut(), token.claims.as_object()) {
            claims.extend(others.clone());
            claims.retain(|_, value| !value.is_null());
        }
        let number = self.lock().key;
        let head = json!({ "alg": token.algorithm, "kid": format!("key-{number}"), "typ": "JWT" });
        let body = format!(
            "{}.{}",
            base64(head.to_string().as_bytes()),
            base64(claims.to_string().as_bytes())
        );
        let signature = match token.algorithm {
            "EdDSA" => {
                let seed = if token.is_forged { 99 } else { number };
                let signed = key(seed, number).sign(&CoreJwsSigningAlgorithm::EdDsa, body.as_bytes());
                base64(&signed.expect("signed"))
            }
            _ => String::new(),
        };
        format!("{body}.{signature}")
    }

    async fn answer(&self, mut stream: TcpStream) {
        if self.lock().is_down {
            return;
        }
        let Some((path, body)) = request(&mut stream).await else {
            return;
        };
        let (status, answer) = match path.as_str() {
            "/.well-known/openid-configuration" => (200, self.description()),
            "/jwks" => {
                let number = self.lock().key;
                (
                    200,
                    json!({ "keys": [key(number, number).as_verification_key()] }),
                )
            }
            "/token" => self.token(&body),
            _ => (404, json!({})),
        };
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            text.len()
        );
        // Whoever has gone away does not read it.
        let _ = stream.write_all(format!("{head}{text}").as_bytes()).await;
    }

    fn description(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.url);
        json!({
            "issuer": self.url, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks"), "end_session_endpoint": at("/end"), "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
        })
    }

    /// A code counts once, and only with the verifier of the browser that asked (RFC 7636).
    fn token(&self, body: &str) -> (u16, Value) {
        let asked: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let text = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let kept = self.lock().codes.remove(&text("code"));
        let verifier = PkceCodeVerifier::new(text("code_verifier"));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        match kept {
            Some((token, asked)) if asked == challenge.as_str() => (
                200,
                json!({ "access_token": "unused", "token_type": "Bearer", "id_token": token }),
            ),
            _ => (400, json!({ "error": "invalid_grant" })),
        }
    }
}

/// An Ed25519 key made of a number.
fn key(seed: u8, number: u8) -> CoreEdDsaPrivateSigningKey {
    // PKCS#8 of RFC 8410 before the thirty-two bytes of the key itself.
    let mut bytes = vec![
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
    ];
    bytes.extend([seed.wrapping_add(1); 32]);
    let body = base64(&bytes).replace('-', "+").replace('_', "/");
    let label = "PRIVATE KEY";
    let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let id = JsonWebKeyId::new(format!("key-{number}"));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(id)).expect("a key")
}

/// Base64 for addresses, without padding (RFC 4648, section 5).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let word =
            part.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for place in 0..=part.len() {
            let index = (word >> (18 - 6 * place)) & 63;
            text.push(char::from(LETTERS[usize::try_from(index).unwrap_or_default()]));
        }
    }
    text
}

/// Path and body of one request.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let path = head.split(' ').nth(1)?.to_owned();
                return Some((path, body.to_owned()));
            }
        }
        let mut part = [0u8; 4096];
        match stream.read(&mut part).await {
            Ok(count) if count > 0 => read.extend_from_slice(&part[..count]),
            _ => return None,
        }
    }
}
