#!/usr/bin/env python3
"""Checks an exported journal (gonghui journal export --out journal.jsonl) without any part of gonghui.

  verify-journal.py journal.jsonl
  verify-journal.py journal.jsonl --anchor 1207:6f0c…      a seal that was written down (序号:封签); may be given again
  verify-journal.py journal.jsonl --anchors FILE.csv       the file journal-anchors.csv of a data folder, or of the folder outside
  verify-journal.py journal.jsonl --anchors FILE.csv --public-key KEY.pem      and their signatures; the key may be given again
  verify-journal.py --self-test

Exit status 0: whole; 1: not, with the first row that does not fit; 2: wrong usage. Needs Python 3.8 and nothing else; with --public-key
also openssl 3.

How a row is sealed: SM3 (GB/T 32905) over the seal of the row before it (32 zero bytes before the first), the line
"gonghui-journal-<form>\\n", and at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, path, before, after, request_id,
in form 2 also role, session_id, address, result, reason, each as "<length in UTF-8 bytes>:<value>,", or "-," where there is none. Rows
of form 1 were written by earlier versions; they have none of the last five.

How an anchor is signed: Ed25519 (RFC 8032) over the first four columns of its line, without a line end. The number of the key, in the
fifth column, is the first 16 digits of SM3 over the public key (SPKI, DER).
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile

FIELDS = ("at", "actor_id", "actor_name", "on_behalf", "action", "subject_kind", "subject_id", "path", "before", "after", "request_id")
MORE_FIELDS = ("role", "session_id", "address", "result", "reason")
MASK = 0xFFFFFFFF


def rotate(word, by):
    by %= 32
    return ((word << by) | (word >> (32 - by))) & MASK if by else word


def sm3_plain(message):
    """SM3 as GB/T 32905-2016 writes it, for a Python whose OpenSSL lacks it."""
    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = message + b"\x80" + b"\0" * ((55 - len(message)) % 64) + (len(message) * 8).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[start + 4 * i : start + 4 * i + 4], "big") for i in range(16)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)
            w.append(x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rotate((rotate(a, 12) + e + rotate(t, j)) & MASK, 7)
            ss2 = ss1 ^ rotate(a, 12)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & MASK & g)
            tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & MASK
            tt2 = (gg + h + ss1 + w[j]) & MASK
            a, b, c, d = tt1, a, rotate(b, 9), c
            e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]
    return b"".join(word.to_bytes(4, "big") for word in v)


def sm3_openssl(message):
    return hashlib.new("sm3", message).digest()


def chosen_sm3():
    try:
        sm3_openssl(b"")
        return sm3_openssl
    except ValueError:
        return sm3_plain


SM3 = chosen_sm3()


def seal_of(row, before, sm3=None):
    # A form that this script does not know has a line that this script does not make: such a row does not fit.
    form = row.get("form", 1)
    parts = [before, b"gonghui-journal-%d\n" % form]
    fields = FIELDS if form == 1 and all(row.get(field) is None for field in MORE_FIELDS) else FIELDS + MORE_FIELDS
    for field in fields:
        value = row.get(field)
        if value is None:
            parts.append(b"-,")
        else:
            text = str(value).encode("utf-8")
            parts.append(b"%d:%s," % (len(text), text))
    return (sm3 or SM3)(b"".join(parts))


def check(lines, anchors):
    """The number of rows that fit, and what is wrong with the first that does not, or None."""
    seal, seq, entries, head = bytes(32), 0, 0, None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            return entries, f"文件第 {number} 行读不出来：{error}"
        if head is not None:
            return entries, f"文件第 {number} 行在结尾之后"
        if "head" in row:
            head = row["head"]
            continue
        if row["seq"] <= seq:
            return entries, f"第 {row['seq']} 行的次序不对：它在第 {seq} 行之后"
        expected = seal_of(row, seal)
        if row.get("seal") != expected.hex():
            return entries, f"第 {row['seq']} 行与封签不符：它的内容被改动，或它之前有记录被删除、插入、调换"
        seal, seq, entries = expected, row["seq"], entries + 1
        if seq in anchors and anchors.pop(seq) != seal.hex():
            return entries, f"第 {seq} 行与锚点不符：整条链可能被重新制作过"
    if head is None:
        return entries, "文件没有结尾：导出没有完成，或末尾被删除"
    if (head["entries"], head["seal"]) != (entries, seal.hex()):
        return entries, f"末尾不完整：应有 {head['entries']} 条，现有 {entries} 条"
    if anchors:
        return entries, f"锚点记有第 {min(anchors)} 行，文件里没有"
    return entries, None


def key_number(public_key):
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", public_key, "-outform", "DER"], capture_output=True, check=True).stdout
    return SM3(der).hex()[:16]


def is_signed(public_key, text, signature):
    with tempfile.TemporaryDirectory() as folder:
        said, proof = os.path.join(folder, "text"), os.path.join(folder, "signature")
        with open(said, "wb") as file:
            file.write(text.encode("utf-8"))
        with open(proof, "wb") as file:
            file.write(signature)
        asked = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public_key, "-rawin", "-in", said, "-sigfile", proof]
        return subprocess.run(asked, capture_output=True).returncode == 0


def check_signatures(lines, public_keys):
    """How many anchors are signed by these keys, and what is wrong with the first that is not, or None."""
    keys = {key_number(key): key for key in public_keys}
    signed = 0
    for line in lines:
        columns = line.split(",")
        if len(columns) == 4 and signed == 0:
            continue  # from before anchors were signed
        if len(columns) != 6:
            return signed, f"第 {columns[1]} 行的锚点没有签名，而更早的锚点有"
        if columns[4] not in keys:
            return signed, f"第 {columns[1]} 行的锚点由密钥 {columns[4]} 签名，没有给出它的公钥"
        try:
            signature = bytes.fromhex(columns[5])
        except ValueError:
            signature = b""
        if not is_signed(keys[columns[4]], ",".join(columns[:4]), signature):
            return signed, f"第 {columns[1]} 行的锚点与签名不符"
        signed += 1
    return signed, None if signed else "没有一个锚点有签名"


def self_test():
    vectors = {
        b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    }
    for message, digest in vectors.items():
        assert sm3_plain(message).hex() == digest
        assert SM3(message).hex() == digest
    row = {
        "at": 1764000000000,
        "actor_name": "system(测试)",
        "action": "member.see",
        "subject_kind": "member",
        "subject_id": "00000000-0000-0000-0000-000000000001",
        "path": "0000/",
        "after": '{"a":"引\\"号","b":[1,true,null]}',
        "request_id": "req-1",
    }
    assert seal_of(row, bytes(32), sm3_plain) == seal_of(row, bytes(32))
    session = "00000000-0000-0000-0000-000000000002"
    more = {"form": 2, "role": "town_officer", "session_id": session, "address": "10.0.0.7", "result": "refused", "reason": "ACC-403"}
    print("ok", seal_of(row, bytes(32)).hex(), seal_of({**row, **more}, bytes(32)).hex())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--anchor", action="append", default=[], metavar="SEQ:SEAL")
    parser.add_argument("--anchors", metavar="FILE")
    parser.add_argument("--public-key", action="append", default=[], metavar="PEM")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        return self_test()
    if not args.file:
        parser.error("which file?")
    anchors = {}
    for text in args.anchor:
        seq, _, seal = text.partition(":")
        anchors[int(seq)] = seal.lower()
    if args.public_key and not args.anchors:
        parser.error("--public-key needs --anchors")
    lines, said = [], ""
    if args.anchors:
        with open(args.anchors, encoding="utf-8") as file:
            lines = [line.strip() for line in file if line.strip()]
        for line in lines:
            _, seq, entries, seal = line.split(",")[:4]
            if int(entries) > 0 and anchors.setdefault(int(seq), seal.lower()) != seal.lower():
                print(f"锚点不一致：第 {seq} 行有两个不同的封签", file=sys.stderr)
                return 1
    if args.public_key:
        signed, wrong = check_signatures(lines, args.public_key)
        if wrong:
            print(f"锚点签名不符：{wrong}", file=sys.stderr)
            return 1
        said = f"，{signed} 个锚点的签名相符"
    with open(args.file, encoding="utf-8") as lines:
        entries, wrong = check(lines, anchors)
    if wrong:
        print(f"日志不完整：{wrong}\n前面的 {entries} 条是完整的", file=sys.stderr)
        return 1
    print(f"日志完整：{entries} 条{said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
