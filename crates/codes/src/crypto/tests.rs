#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::digest::to_hex;

fn keys() -> FieldKeys {
    FieldKeys::from_master(&[7; 32])
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// RFC 8998, appendix A.1: SM4-GCM.
#[test]
fn sm4_gcm_agrees_with_rfc_8998() {
    let cipher = Sm4Gcm::new_from_slice(&bytes("0123456789ABCDEFFEDCBA9876543210")).unwrap();
    let nonce: [u8; 12] = bytes("00001234567800000000ABCD").try_into().unwrap();
    let plain = bytes(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDEEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA",
    );
    let aad = bytes("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
    let sealed = seal_with(&cipher, &nonce, &aad, &plain);
    assert_eq!(
        to_hex(&sealed[13..]).to_uppercase(),
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D\
         83DE3541E4C2B58177E065A9BF7B62EC"
    );
}

/// Against SM3 itself, whose vectors stand in `digest`.
#[test]
fn hmac_sm3_agrees_with_its_definition() {
    // HMAC by hand: H((K ^ opad) || H((K ^ ipad) || text)).
    let key = [0x0b; 32];
    let text = b"Hi There";
    let pad = |byte: u8| -> Vec<u8> {
        let mut block = vec![byte; 64];
        for (at, k) in key.iter().enumerate() {
            block[at] ^= k;
        }
        block
    };
    let inner = crate::digest::sm3_hex(&[pad(0x36), text.to_vec()].concat());
    let outer = crate::digest::sm3_hex(&[pad(0x5c), bytes(&inner)].concat());
    assert_eq!(to_hex(&hmac_sm3(&key, text)), outer);
}

#[test]
fn derived_keys_never_change_between_releases() {
    // A change here would make every stored index useless: it needs a migration, not a new expectation.
    let keys = keys();
    assert_eq!(
        to_hex(&keys.blind_index(SecretKind::IdNumber, "330226199001010000")),
        GOLDEN_INDEX
    );
    assert_eq!(keys.token(SecretKind::Phone, "13812345678"), GOLDEN_TOKEN);
}

const GOLDEN_INDEX: &str = "9474e518b785ad5c238379cbc3f7343b";
const GOLDEN_TOKEN: i64 = -1_273_279_318_004_757_076;

#[test]
fn kinds_and_keys_do_not_meet() {
    let (keys, other) = (keys(), FieldKeys::from_master(&[8; 32]));
    let same = "13812345678";
    assert_ne!(
        keys.token(SecretKind::IdNumber, same),
        keys.token(SecretKind::Phone, same)
    );
    assert_ne!(
        keys.blind_index(SecretKind::IdNumber, same),
        keys.blind_index(SecretKind::Phone, same)
    );
    assert_ne!(
        keys.token(SecretKind::Phone, same),
        other.token(SecretKind::Phone, same)
    );
    let index = keys.blind_index(SecretKind::Phone, same);
    assert_ne!(keys.token(SecretKind::Phone, same).to_be_bytes(), index[..8]);
}

#[test]
fn a_value_opens_only_in_its_own_cell() {
    let keys = keys();
    let sealed = keys.seal("member", "id_no", b"row 1", "330226199001010000");
    assert_eq!(
        keys.open("member", "id_no", b"row 1", &sealed).unwrap(),
        "330226199001010000"
    );
    for (table, column, row) in [
        ("member", "id_no", &b"row 2"[..]),
        ("member", "phone", b"row 1"),
        ("account", "id_no", b"row 1"),
        ("memberi", "d_no", b"row 1"),
    ] {
        assert_eq!(
            keys.open(table, column, row, &sealed),
            Err(CryptoError::Authentication)
        );
    }
    let other = FieldKeys::from_master(&[8; 32]);
    assert_eq!(
        other.open("member", "id_no", b"row 1", &sealed),
        Err(CryptoError::Authentication)
    );
    assert_eq!(
        keys.open("member", "id_no", b"row 1", &sealed[..20]),
        Err(CryptoError::Format)
    );
    assert_eq!(
        keys.open("member", "id_no", b"row 1", b""),
        Err(CryptoError::Format)
    );
}

#[test]
fn the_same_value_never_seals_the_same_way_twice() {
    let keys = keys();
    assert_ne!(keys.seal("t", "c", b"r", "x"), keys.seal("t", "c", b"r", "x"));
    assert_eq!(format!("{keys:?}"), "FieldKeys(…)");
}

#[test]
fn values_of_several_keys_open_side_by_side_and_only_with_their_own() {
    let keys = keys();
    let old = keys.seal("member", "id_no", b"r", "甲");
    assert_eq!(sealed_with(&old), Some(DERIVED_KEY));
    keys.add_data_key(2, &[1; 16]).unwrap();
    assert_eq!(
        sealed_with(&keys.seal("member", "id_no", b"r", "甲")),
        Some(1),
        "added is not in use"
    );
    keys.use_data_key(Some(2));
    let new = keys.clone().seal("member", "id_no", b"r", "乙");
    assert_eq!(sealed_with(&new), Some(2), "clones share");
    assert!(new.starts_with(&keys.data_key_mark().unwrap()));
    assert_eq!(keys.open("member", "id_no", b"r", &old).unwrap(), "甲");
    assert_eq!(keys.open("member", "id_no", b"r", &new).unwrap(), "乙");
    assert_eq!(
        keys.open("member", "id_no", b"s", &new),
        Err(CryptoError::Authentication)
    );
    let mut other = new.clone();
    other[4] = 3;
    assert_eq!(
        keys.open("member", "id_no", b"r", &other),
        Err(CryptoError::UnknownKey(3))
    );
    assert_eq!(
        keys.open("member", "id_no", b"r", &new[..20]),
        Err(CryptoError::Format)
    );
    let file = keys.seal_in_file("enterprises", "phone", b"E1", "丙");
    assert_eq!(sealed_with(&file), Some(1), "files stay with the derived key");
    assert_eq!(keys.open("enterprises", "phone", b"E1", &file).unwrap(), "丙");
    keys.forget_data_key(2);
    assert_eq!(
        keys.open("member", "id_no", b"r", &new),
        Err(CryptoError::UnknownKey(2))
    );
    assert!(keys.add_data_key(4, &[1; 15]).is_err());
}

#[test]
fn a_key_unwraps_only_under_its_label_and_master() {
    let wrapped = wrap_key(&[7; 32], "data key 2", &[9; 16]);
    assert_eq!(*unwrap_key(&[7; 32], "data key 2", &wrapped).unwrap(), [9; 16]);
    assert!(unwrap_key(&[7; 32], "data key 3", &wrapped).is_err());
    assert!(unwrap_key(&[8; 32], "data key 2", &wrapped).is_err());
    assert!(unwrap_key(&[7; 32], "data key 2", &wrapped[..10]).is_err());
    assert!(unwrap_key(&[7; 32], "data key 2", b"").is_err());
}

proptest! {
    #[test]
    fn what_is_sealed_opens_and_any_changed_byte_is_noticed(
        plain in "\\PC{0,40}", aad in prop::collection::vec(any::<u8>(), 0..20), at in any::<prop::sample::Index>(), bit in 0u8..8,
    ) {
        let keys = keys();
        let sealed = keys.seal_bytes(&aad, plain.as_bytes());
        prop_assert_eq!(keys.open_bytes(&aad, &sealed).unwrap(), plain.as_bytes());
        let mut changed = sealed.clone();
        changed[at.index(sealed.len())] ^= 1 << bit;
        prop_assert!(keys.open_bytes(&aad, &changed).is_err());
        let mut other = aad.clone();
        other.push(0);
        prop_assert!(keys.open_bytes(&other, &sealed).is_err());
    }
}
