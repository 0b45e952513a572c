//! The unit's own identity provider (统一身份认证) as this installation talks to it: OpenID Connect Core 1.0, authorization code
//! with PKCE (RFC 7636, S256), discovery and keys by the provider's own documents, RP-initiated logout.
//!
//! Nothing here follows a redirect or speaks http to another machine; what comes back is read up to a megabyte. Keys are
//! read anew when a token names one that is not known yet, so that the provider can change them.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use codes::time::Timestamp;
use domain::identity::{FactorMarks, SignInWay, is_subject};
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
    CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Algorithm,
};
use openidconnect::url::{Host, Url};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    HttpRequest, HttpResponse, IssuerUrl, LogoutRequest, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError,
    SignatureVerificationError,
};
use tokio::sync::{Mutex, RwLock};

use super::trouble;
use crate::error::AppError;

/// Where the provider sends the browser back to.
pub const RETURN_PATH: &str = "/sign-in/provider/return";
/// What the provider says of itself is read again after this long.
const METADATA_MILLIS: i64 = 3_600_000;
/// Whoever is sent there should find it alive, so it is asked first, and an unknown key makes us look again; but not more often
/// than this, or anybody could make us ask without end.
const FRESH_MILLIS: i64 = 10_000;
/// After a question without an answer nobody asks again for so long: else each visitor would wait for the time-out.
const PAUSE_MILLIS: i64 = 5_000;
/// So far the two clocks may differ.
const LEEWAY: Duration = Duration::from_secs(60);
/// The longest answer that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// What an installation is told about its provider.
#[derive(Clone, Default)]
pub struct ProviderSettings {
    /// The provider's address (issuer), as it calls itself.
    pub issuer: String,
    /// What the provider calls this installation.
    pub client_id: String,
    /// The secret of this installation at the provider; none for a public client, which PKCE protects alone.
    pub client_secret: Option<String>,
    /// The address under which browsers reach this console, such as `https://gonghui.example.cn`.
    pub public_url: String,
    /// Certificates of the unit's own authority, PEM, beside those of the system.
    pub ca_pem: Option<Vec<u8>>,
    /// What of the provider's word counts as a second factor.
    pub factor_marks: FactorMarks,
}

/// One provider, and what it has said of itself.
pub struct IdentityProvider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    after_logout: PostLogoutRedirectUrl,
    marks: FactorMarks,
    http: reqwest::Client,
    known: RwLock<Option<Known>>,
    /// Held while the provider is asked, so that visitors who come at once ask once; what the last question met when it failed.
    asking: Mutex<Option<Failure>>,
}

/// A question that brought no answer.
struct Failure {
    error: AppError,
    at: Timestamp,
}

#[derive(Clone)]
struct Known {
    metadata: ProviderMetadataWithLogout,
    read_at: Timestamp,
}

/// The three secrets of one way to the provider and back.
pub(super) struct Errand {
    /// Where the browser goes.
    pub url: String,
    /// Comes back in the address.
    pub state: String,
    /// Comes back in the token.
    pub nonce: String,
    /// Proves to the provider that who asks for the token is who sent the browser.
    pub verifier: String,
}

/// Whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proven {
    /// The subject, only ever the same person's at this provider.
    pub subject: String,
    /// How far the provider's word goes.
    pub way: SignInWay,
}

impl IdentityProvider {
    /// Checks the settings; the provider itself is asked when somebody comes.
    ///
    /// # Errors
    /// `IDP-120` with a sentence that names the setting.
    pub fn new(settings: ProviderSettings) -> Result<IdentityProvider, AppError> {
        let wrong = |what: &str| AppError::invalid("IDP-120", format!("统一身份认证的设置有误：{what}"));
        if !is_safe(&settings.issuer) {
            return Err(
                wrong("认证地址须是 https 地址（只有本机可以用 http）").field("issuer", settings.issuer)
            );
        }
        if settings.client_id.trim().is_empty() {
            return Err(wrong("没有客户端标识").field("client_id", "未填写"));
        }
        let public = settings.public_url.trim_end_matches('/');
        if !is_safe(public) || Url::parse(public).is_ok_and(|url| url.path() != "/") {
            return Err(
                wrong("浏览器访问本系统的地址须是 https 地址，不带路径（只有本机可以用 http）")
                    .field("public_url", settings.public_url),
            );
        }
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(10));
        if let Some(pem) = &settings.ca_pem {
            let read = reqwest::Certificate::from_pem_bundle(pem);
            let certificates = read.ok().filter(|found| !found.is_empty());
            for certificate in certificates.ok_or_else(|| wrong("CA 证书文件里没有 PEM 格式的证书"))?
            {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let url = |path: &str| format!("{public}{path}");
        Ok(IdentityProvider {
            issuer: IssuerUrl::new(settings.issuer).map_err(AppError::internal)?,
            client_id: ClientId::new(settings.client_id.trim().to_owned()),
            client_secret: settings.client_secret.map(ClientSecret::new),
            redirect: RedirectUrl::new(url(RETURN_PATH)).map_err(AppError::internal)?,
            after_logout: PostLogoutRedirectUrl::new(url("/sign-in?bye=1")).map_err(AppError::internal)?,
            marks: settings.factor_marks,
            http: builder.build().map_err(AppError::internal)?,
            known: RwLock::new(None),
            asking: Mutex::new(None),
        })
    }

    /// The provider's address, under which bindings are kept.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where the provider must be told to send browsers back to.
    pub fn redirect(&self) -> &str {
        self.redirect.as_str()
    }

    /// Asks the provider who it is, so that a wrong setting is found at the start.
    ///
    /// # Errors
    /// `IDP-503` out of reach, `IDP-502` an answer that does not fit.
    pub async fn look(&self, now: Timestamp) -> Result<(), AppError> {
        self.metadata(now, FRESH_MILLIS).await.map(drop)
    }

    /// Where the browser goes to sign in, with fresh secrets. With `signs_in_anew` the provider asks who they are even when
    /// somebody is signed in there.
    ///
    /// # Errors
    /// As [`IdentityProvider::look`].
    pub(super) async fn errand(&self, now: Timestamp, signs_in_anew: bool) -> Result<Errand, AppError> {
        let metadata = self.metadata(now, FRESH_MILLIS).await?;
        if !is_safe(metadata.authorization_endpoint().url().as_str()) {
            return Err(trouble::unfit("authorization_endpoint is not https"));
        }
        let client = CoreClient::from_provider_metadata(metadata, self.client_id.clone(), None)
            .set_redirect_uri(self.redirect.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        if signs_in_anew {
            // Both say it: some providers know only one of them.
            request = request
                .add_prompt(CoreAuthPrompt::Login)
                .set_max_age(Duration::ZERO);
        }
        let (url, state, nonce) = request.url();
        Ok(Errand {
            url: url.into(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
        })
    }

    /// Turns the code that came back into the person whom the provider vouches for.
    ///
    /// # Errors
    /// `IDP-103` the provider does not take the code, `IDP-104` its token is refused, `IDP-105` the clocks differ, or as
    /// [`IdentityProvider::look`].
    pub(super) async fn prove(
        &self,
        code: &str,
        nonce: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Result<Proven, AppError> {
        let metadata = self.metadata(now, METADATA_MILLIS).await?;
        let token = self.exchange(&metadata, code, verifier).await?;
        let nonce = Nonce::new(nonce.to_owned());
        let refused = match self.check(&metadata, &token, &nonce, now) {
            Ok(claims) => return self.proven(claims),
            Err(refused) => refused,
        };
        if is_about_keys(&refused)
            && let Some(fresh) = self.with_fresh_keys(now).await?
        {
            let checked = self.check(&fresh, &token, &nonce, now);
            return checked
                .map_err(|refused| trouble::refused(&refused, now))
                .and_then(|claims| self.proven(claims));
        }
        Err(trouble::refused(&refused, now))
    }

    /// Where the browser goes to end the provider's own session too; `None` when the provider does not offer it or is out
    /// of reach: then only ours ends.
    pub(super) async fn way_out(&self, now: Timestamp) -> Option<String> {
        let metadata = self.metadata(now, METADATA_MILLIS).await.ok()?;
        let end = metadata.additional_metadata().end_session_endpoint.clone()?;
        if !is_safe(end.url().as_str()) {
            return None;
        }
        let request = LogoutRequest::from(end)
            .set_client_id(self.client_id.clone())
            .set_post_logout_redirect_uri(self.after_logout.clone());
        Some(request.http_get_url().into())
    }

    async fn exchange(
        &self,
        metadata: &ProviderMetadataWithLogout,
        code: &str,
        verifier: &str,
    ) -> Result<CoreIdToken, AppError> {
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
        .set_redirect_uri(self.redirect.clone())
        .set_auth_type(auth_type(metadata));
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| trouble::unfit("the provider names no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        let http = |request: HttpRequest| send(self.http.clone(), request);
        let answer = request.request_async(&http).await.map_err(|error| match error {
            RequestTokenError::Request(cause) => trouble::unreachable(cause),
            RequestTokenError::ServerResponse(words) => trouble::code_refused(words),
            RequestTokenError::Parse(cause, _) => trouble::unfit(cause),
            RequestTokenError::Other(words) => trouble::unfit(words),
        })?;
        let token = answer.extra_fields().id_token().cloned();
        token.ok_or_else(|| trouble::unfit("no id_token in the answer"))
    }

    fn check<'t>(
        &self,
        metadata: &ProviderMetadataWithLogout,
        token: &'t CoreIdToken,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<&'t CoreIdTokenClaims, ClaimsVerificationError> {
        let instant = |millis: i64| DateTime::<Utc>::from_timestamp_millis(millis).unwrap_or_default();
        let leeway = i64::try_from(LEEWAY.as_millis()).unwrap_or_default();
        let (earlier, later) = (instant(now.millis() - leeway), instant(now.millis() + leeway));
        let verifier = CoreIdTokenVerifier::new_public_client(
            self.client_id.clone(),
            self.issuer.clone(),
            metadata.jwks().clone(),
        )
        // Keys that both sides share are left out: a public key must never be taken for one.
        .set_allowed_algs([
            Algorithm::RsaSsaPkcs1V15Sha256,
            Algorithm::RsaSsaPkcs1V15Sha384,
            Algorithm::RsaSsaPkcs1V15Sha512,
            Algorithm::RsaSsaPssSha256,
            Algorithm::RsaSsaPssSha384,
            Algorithm::RsaSsaPssSha512,
            Algorithm::EcdsaP256Sha256,
            Algorithm::EcdsaP384Sha384,
            Algorithm::EdDsa,
        ])
        .set_time_fn(move || earlier)
        .set_issue_time_verifier_fn(move |issued| {
            if issued > later {
                Err(format!("issued at {issued}, which is still to come"))
            } else {
                Ok(())
            }
        });
        let claims = token.claims(&verifier, nonce)?;
        match claims.authorized_party() {
            Some(party) if *party != self.client_id => Err(ClaimsVerificationError::InvalidAudience(
                format!("made for `{}`", party.as_str()),
            )),
            _ => Ok(claims),
        }
    }

    fn proven(&self, claims: &CoreIdTokenClaims) -> Result<Proven, AppError> {
        let subject = claims.subject().as_str();
        if !is_subject(subject) {
            return Err(trouble::unfit("sub is not 1 to 255 ASCII characters"));
        }
        let methods: Vec<String> = claims
            .auth_method_refs()
            .map(|methods| methods.iter().map(|method| method.as_str().to_owned()).collect())
            .unwrap_or_default();
        let class = claims.auth_context_ref().map(|class| class.as_str());
        Ok(Proven {
            subject: subject.to_owned(),
            way: self.marks.way_of(&methods, class),
        })
    }

    /// What the provider says of itself, read anew when it is older than `millis`.
    async fn metadata(&self, now: Timestamp, millis: i64) -> Result<ProviderMetadataWithLogout, AppError> {
        if let Some(metadata) = self.known_since(now, millis).await {
            return Ok(metadata);
        }
        let mut failure = self.asking.lock().await;
        // Somebody else may have asked while this visitor waited.
        if let Some(metadata) = self.known_since(now, millis).await {
            return Ok(metadata);
        }
        if let Some(last) = &*failure
            && now.millis_since(last.at) < PAUSE_MILLIS
        {
            return Err(last.error.told_again());
        }
        let read = self.read(now).await;
        *failure = read.as_ref().err().map(|error| Failure {
            error: error.told_again(),
            at: now,
        });
        read
    }

    async fn known_since(&self, now: Timestamp, millis: i64) -> Option<ProviderMetadataWithLogout> {
        let known = self.known.read().await;
        let known = known.as_ref()?;
        (now.millis_since(known.read_at) < millis).then(|| known.metadata.clone())
    }

    /// The provider's documents again, unless they were read just now.
    async fn with_fresh_keys(&self, now: Timestamp) -> Result<Option<ProviderMetadataWithLogout>, AppError> {
        let read_at = self.known.read().await.as_ref().map(|known| known.read_at);
        match read_at {
            Some(read_at) if now.millis_since(read_at) < FRESH_MILLIS => Ok(None),
            _ => self.read(now).await.map(Some),
        }
    }

    async fn read(&self, now: Timestamp) -> Result<ProviderMetadataWithLogout, AppError> {
        let http = |request: HttpRequest| send(self.http.clone(), request);
        let read = ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &http).await;
        let metadata = read.map_err(|error| match error {
            DiscoveryError::Request(cause) => trouble::unreachable(cause),
            DiscoveryError::Response(status, _, words) if status.is_server_error() => {
                trouble::unreachable(words)
            }
            DiscoveryError::Parse(cause) => trouble::unfit(cause),
            other => trouble::unfit(other),
        })?;
        *self.known.write().await = Some(Known {
            metadata: metadata.clone(),
            read_at: now,
        });
        Ok(metadata)
    }
}

/// Most providers take the secret in the head of the request, as they should; some say that they only take it in the body.
fn auth_type(metadata: &ProviderMetadataWithLogout) -> AuthType {
    let methods = metadata.token_endpoint_auth_methods_supported();
    let has = |method| methods.is_some_and(|methods| methods.contains(&method));
    if has(CoreClientAuthMethod::ClientSecretPost) && !has(CoreClientAuthMethod::ClientSecretBasic) {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

fn is_about_keys(refused: &ClaimsVerificationError) -> bool {
    matches!(
        refused,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey
                | SignatureVerificationError::CryptoError(_)
                | SignatureVerificationError::AmbiguousKeyId(_)
        )
    )
}

/// An address whose answers nobody on the way can change: https, or this machine.
fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => return false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    is_plain && (url.scheme() == "https" || url.scheme() == "http" && is_loopback)
}

/// Why a request brought no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("{0} is neither https nor this machine")]
    Unsafe(String),
    #[error("the answer is longer than a megabyte")]
    TooLong,
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Form(#[from] openidconnect::http::Error),
}

async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
    let address = request.uri().to_string();
    if !is_safe(&address) {
        return Err(NoAnswer::Unsafe(address));
    }
    let mut answer = http.execute(request.try_into()?).await?;
    let mut form = openidconnect::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        form = form.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        if body.len() + part.len() > MOST_BYTES {
            return Err(NoAnswer::TooLong);
        }
        body.extend_from_slice(&part);
    }
    Ok(form.body(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        for fine in [
            "https://sso.example.cn/realms/union",
            "http://127.0.0.1:3000",
            "http://localhost:3000",
            "http://[::1]:3000",
        ] {
            assert!(is_safe(fine), "{fine}");
        }
        for bad in [
            "http://sso.example.cn",
            "ftp://127.0.0.1",
            "sso.example.cn",
            "",
            "https://a:b@sso.example.cn",
            "https://sso.example.cn/#x",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }

    #[test]
    fn wrong_settings_are_named() {
        let sound = ProviderSettings {
            issuer: "https://sso.example.cn".into(),
            client_id: "gonghui".into(),
            public_url: "https://gonghui.example.cn/".into(),
            ..ProviderSettings::default()
        };
        let provider = IdentityProvider::new(sound.clone()).expect("sound");
        assert_eq!(
            provider.redirect(),
            "https://gonghui.example.cn/sign-in/provider/return"
        );
        let refused =
            |settings: ProviderSettings| IdentityProvider::new(settings).err().expect("refused").message;
        assert!(
            refused(ProviderSettings {
                issuer: "http://sso.example.cn".into(),
                ..sound.clone()
            })
            .contains("认证地址")
        );
        assert!(
            refused(ProviderSettings {
                client_id: " ".into(),
                ..sound.clone()
            })
            .contains("客户端标识")
        );
        assert!(
            refused(ProviderSettings {
                public_url: "https://a.cn/gh".into(),
                ..sound.clone()
            })
            .contains("不带路径")
        );
        assert!(
            refused(ProviderSettings {
                ca_pem: Some(b"nothing".to_vec()),
                ..sound
            })
            .contains("CA")
        );
    }
}
