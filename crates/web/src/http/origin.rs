//! Where a request comes from: the address that connects or, where that is a gateway of ours, the one that the gateway names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName, header};

use super::Web;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A gateway whose word counts (X-Forwarded-For): one address, or all that begin alike, `10.0.0.7` or `10.0.0.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy {
    address: IpAddr,
    bits: u8,
}

impl TrustedProxy {
    /// A gateway on this machine.
    pub fn loopback() -> [TrustedProxy; 2] {
        [
            TrustedProxy {
                address: Ipv4Addr::new(127, 0, 0, 0).into(),
                bits: 8,
            },
            TrustedProxy {
                address: Ipv6Addr::LOCALHOST.into(),
                bits: 128,
            },
        ]
    }

    fn is(&self, other: IpAddr) -> bool {
        match (self.address, other.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let rest = 32 - u32::from(self.bits);
                u32::from(own).checked_shr(rest) == u32::from(other).checked_shr(rest)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let rest = 128 - u32::from(self.bits);
                u128::from(own).checked_shr(rest) == u128::from(other).checked_shr(rest)
            }
            _ => false,
        }
    }
}

impl FromStr for TrustedProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<TrustedProxy, String> {
        let wrong = || format!("“{text}”不是地址或网段，应写作 10.0.0.7 或 10.0.0.0/24");
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text.trim(), None),
        };
        let address = IpAddr::from_str(address).map_err(|_| wrong())?.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        // A gateway that is everybody would let everybody choose their address.
        if bits == 0 || bits > most {
            return Err(wrong());
        }
        Ok(TrustedProxy { address, bits })
    }
}

/// The client's address: of those that the request names, from the nearest on, the first that is not a gateway of ours. What lies
/// behind it anybody may have written.
fn client(proxies: &[TrustedProxy], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_ours = |address: IpAddr| proxies.iter().any(|proxy| proxy.is(address));
    let mut nearest = peer.to_canonical();
    let named: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .collect();
    for hop in named.iter().rev() {
        if !is_ours(nearest) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => nearest = address.to_canonical(),
            Err(_) => break,
        }
    }
    nearest
}

/// The address of a request that is being answered.
pub fn address(web: &Web, extensions: &Extensions, headers: &HeaderMap) -> Option<String> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(client(&web.config.trusted_proxies, peer.ip(), headers).to_string())
}

/// Address and browser of a request.
pub fn origin(
    web: &Web,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: &HeaderMap,
) -> (Option<String>, Option<String>) {
    let address = peer.map(|Extension(ConnectInfo(peer))| {
        client(&web.config.trusted_proxies, peer.ip(), headers).to_string()
    });
    let browser = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    (address, browser.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(proxies: &[&str], peer: &str, named: &[&str]) -> String {
        let proxies: Vec<TrustedProxy> = proxies.iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in named {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        client(&proxies, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_gateway_of_ours_names_the_client_and_only_the_next_one() {
        let check = |proxies: &[&str], peer, named: &[&str], expected: &str| {
            assert_eq!(of(proxies, peer, named), expected, "{proxies:?} {peer} {named:?}");
        };
        check(&[], "9.9.9.9", &["1.2.3.4"], "9.9.9.9");
        check(&["127.0.0.1"], "9.9.9.9", &["1.2.3.4"], "9.9.9.9");
        check(&["127.0.0.1"], "127.0.0.1", &["1.2.3.4"], "1.2.3.4");
        check(&["127.0.0.1"], "::ffff:127.0.0.1", &["1.2.3.4"], "1.2.3.4");
        check(&["127.0.0.1"], "127.0.0.1", &["6.6.6.6, 1.2.3.4"], "1.2.3.4");
        check(&["127.0.0.1"], "127.0.0.1", &["6.6.6.6", "1.2.3.4"], "1.2.3.4");
        check(
            &["127.0.0.1", "10.0.0.0/8"],
            "127.0.0.1",
            &["6.6.6.6, 1.2.3.4, 10.1.2.3"],
            "1.2.3.4",
        );
        check(&["127.0.0.1"], "127.0.0.1", &[], "127.0.0.1");
        check(&["127.0.0.1"], "127.0.0.1", &["1.2.3.4, unknown"], "127.0.0.1");
        check(&["fd00::/8"], "fd00::1", &["2001:db8::7"], "2001:db8::7");
    }

    #[test]
    fn a_gateway_is_an_address_or_a_part_of_a_net() {
        for text in [
            "",
            "gateway",
            "10.0.0.0/33",
            "10.0.0.0/0",
            "10.0.0/8",
            "::1/129",
            "10.0.0.1/x",
        ] {
            assert!(
                text.parse::<TrustedProxy>().unwrap_err().contains("10.0.0.0/24"),
                "{text}"
            );
        }
        assert!(
            TrustedProxy::loopback()
                .iter()
                .any(|proxy| proxy.is("127.0.0.1".parse().unwrap()))
        );
    }
}
