//! Arguments of system calls, as `strace -y -xx` prints them.

use std::path::PathBuf;

/// Splits at the commas between arguments.
pub(super) fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from, mut at) = (Vec::new(), 0_i32, 0, 0);
    // Between quotes there are only escapes, millions of them.
    while let Some(found) = text[at..].find([',', '"', '(', '[', '{', ')', ']', '}']) {
        at += found + 1;
        match text.as_bytes()[at - 1] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b'"' => at = text[at..].find('"').map_or(text.len(), |end| at + end + 1),
            _ if depth == 0 => {
                parts.push(text[from..at - 1].trim());
                from = at;
            }
            _ => {}
        }
    }
    if !text.trim().is_empty() {
        parts.push(text[from..].trim());
    }
    parts
}

/// A decimal number, or what an `lseek` may return.
pub(super) fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number"))
}

/// A file descriptor and the path that it has, should it be a file: `3</a/path>`.
pub(super) fn descriptor(text: &str) -> Result<(Option<i32>, Option<PathBuf>), String> {
    let (number, rest) = text.split_once('<').unwrap_or((text, ""));
    let number = match number {
        "AT_FDCWD" => None,
        number => Some(
            number
                .parse()
                .map_err(|_| format!("`{text}` is not a file descriptor"))?,
        ),
    };
    let path = match rest.rsplit_once('>') {
        Some((path, _)) => Some(PathBuf::from(text_of(unescape(path)?)?)),
        None => None,
    };
    Ok((number, path))
}

/// A string in quotes, whole.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .ok_or("a string that is not whole")?;
    unescape(inner)
}

/// A path in quotes.
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    Ok(PathBuf::from(text_of(bytes(text)?)?))
}

/// The buffers of a `writev`, one behind the other.
pub(super) fn buffers(text: &str) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    for part in text.split("iov_base=").skip(1) {
        let end = part
            .find(", iov_len")
            .ok_or("a buffer without its length")?;
        all.extend(bytes(&part[..end])?);
    }
    Ok(all)
}

fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "a path that is not UTF-8".into())
}

/// `\x6e` for each byte; what strace adds itself, such as `pipe:[7]`, is plain.
fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let unknown = || format!("an unknown escape in `{}`", shortened(text));
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(unknown()),
    };
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len() / 4), text.as_bytes());
    loop {
        rest = match rest {
            [] => return Ok(bytes),
            [b'\\', b'x', high, low, rest @ ..] => {
                bytes.push(digit(*high)? * 16 + digit(*low)?);
                rest
            }
            [b'\\', ..] => return Err(unknown()),
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        }
    }
}

/// The beginning of a text that may be long.
pub(super) fn shortened(text: &str) -> &str {
    text.get(..200).unwrap_or(text)
}
