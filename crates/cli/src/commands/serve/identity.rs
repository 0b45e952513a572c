//! The settings of the unit's own identity provider (统一身份认证): read once at the start, and refused there when they are wrong.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use app::identity::{IdentityProvider, ProviderSettings};
use domain::identity::FactorMarks;

use crate::args::IdentityArgs;

/// The secret itself, for who keeps it in the environment and in no file.
const SECRET: &str = "GONGHUI_OIDC_SECRET";
/// More is no secret, but a wrong file.
const MOST_BYTES: usize = 4096;

/// The provider, where one is configured.
pub fn provider(args: &IdentityArgs) -> Result<Option<IdentityProvider>> {
    let Some(issuer) = &args.oidc_issuer else {
        if args.oidc_client_id.is_some() || args.oidc_secret_file.is_some() {
            bail!(
                "统一身份认证的设置不全：没有认证地址，请设置 GONGHUI_OIDC_ISSUER，或去掉其他 GONGHUI_OIDC_ 设置"
            );
        }
        return Ok(None);
    };
    let needed = |value: &Option<String>, name: &str| match value {
        Some(value) => Ok(value.clone()),
        None => bail!("统一身份认证的设置不全：请设置 {name}"),
    };
    let ca_pem = args.oidc_ca_file.as_deref().map(|path| {
        std::fs::read(path).with_context(|| format!("统一身份认证的 CA 证书 {} 无法读取", path.display()))
    });
    let settings = ProviderSettings {
        issuer: issuer.clone(),
        client_id: needed(&args.oidc_client_id, "GONGHUI_OIDC_CLIENT_ID")?,
        client_secret: secret(args.oidc_secret_file.as_deref(), std::env::var(SECRET).ok())?,
        public_url: needed(&args.public_url, "GONGHUI_PUBLIC_URL（浏览器访问本系统的地址）")?,
        ca_pem: ca_pem.transpose()?,
        factor_marks: match &args.oidc_second_factor {
            Some(text) => FactorMarks::parse(text).context("GONGHUI_OIDC_SECOND_FACTOR 有误")?,
            None => FactorMarks::default(),
        },
    };
    Ok(Some(IdentityProvider::new(settings)?))
}

/// From the file, or from the environment; both at once is a mistake that nobody should have to guess about.
fn secret(file: Option<&Path>, environment: Option<String>) -> Result<Option<String>> {
    let environment = environment.filter(|secret| !secret.is_empty());
    let Some(path) = file else {
        return Ok(environment);
    };
    if environment.is_some() {
        bail!("统一身份认证的密钥只能给一处：{SECRET} 或 GONGHUI_OIDC_SECRET_FILE");
    }
    let shown = path.display();
    let unreadable = || format!("统一身份认证的密钥文件 {shown} 无法读取");
    let mode = std::fs::metadata(path)
        .with_context(unreadable)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        bail!(
            "统一身份认证的密钥文件 {shown} 的权限是 {:04o}，其他用户可读；请执行 chmod 600 {shown}",
            mode & 0o7777
        );
    }
    let text = std::fs::read_to_string(path).with_context(unreadable)?;
    match text.trim() {
        "" => bail!("统一身份认证的密钥文件 {shown} 是空的"),
        text if text.len() > MOST_BYTES => bail!("统一身份认证的密钥文件 {shown} 太长，不是密钥"),
        text => Ok(Some(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(issuer: Option<&str>) -> IdentityArgs {
        IdentityArgs {
            public_url: Some("https://gonghui.example.cn".into()),
            oidc_issuer: issuer.map(str::to_owned),
            oidc_client_id: Some("gonghui".into()),
            oidc_secret_file: None,
            oidc_ca_file: None,
            oidc_second_factor: None,
        }
    }

    fn told(args: &IdentityArgs) -> String {
        provider(args)
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default()
    }

    #[test]
    fn half_a_setting_is_told_and_none_is_fine() {
        assert!(told(&args(None)).contains("GONGHUI_OIDC_ISSUER"));
        let none = IdentityArgs {
            oidc_client_id: None,
            ..args(None)
        };
        assert!(provider(&none).expect("fine").is_none());
        let sound = args(Some("https://sso.example.cn"));
        assert!(provider(&sound).expect("fine").is_some());
        assert!(
            told(&IdentityArgs {
                public_url: None,
                ..sound.clone()
            })
            .contains("GONGHUI_PUBLIC_URL")
        );
        assert!(
            told(&IdentityArgs {
                oidc_client_id: None,
                ..sound.clone()
            })
            .contains("GONGHUI_OIDC_CLIENT_ID")
        );
        assert!(
            told(&IdentityArgs {
                oidc_second_factor: Some("mfa".into()),
                ..sound.clone()
            })
            .contains("amr=mfa")
        );
        assert!(
            told(&IdentityArgs {
                oidc_ca_file: Some("/nowhere/ca.pem".into()),
                ..sound
            })
            .contains("ca.pem")
        );
        assert!(told(&args(Some("http://sso.example.cn"))).contains("https"));
    }

    #[test]
    fn the_secret_comes_from_one_place_that_others_cannot_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secret");
        std::fs::write(&file, "s3cret\n").expect("written");
        let mode =
            |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        mode(0o644);
        let words = |error: anyhow::Error| format!("{error:#}");
        assert!(words(secret(Some(&file), None).expect_err("open to others")).contains("chmod 600"));
        mode(0o600);
        assert_eq!(
            secret(Some(&file), None).expect("read").as_deref(),
            Some("s3cret")
        );
        assert!(words(secret(Some(&file), Some("x".into())).expect_err("two")).contains("一处"));
        assert_eq!(
            secret(None, Some("x".into())).expect("read").as_deref(),
            Some("x")
        );
        std::fs::write(&file, "\n").expect("written");
        assert!(words(secret(Some(&file), None).expect_err("empty")).contains("空"));
    }
}
