//! Messages in frames (`Content-Length: …`) over two streams.
//!
//! What comes in is not trusted: a frame that holds no message is one fault, and the next frame is read all the same. Neither a fault
//! nor an error tells what was in the frame, which may be anybody's document.

use std::io::{self, BufRead, Read, Write};

use lsp_server::{ErrorCode, Message};
use serde_json::Value;

/// A header line longer than this is none.
const LONGEST_HEADER: u64 = 8 << 10;

/// The largest frame that is read, in bytes: no document that is looked at takes more, whatever has to be escaped in it.
const LARGEST_FRAME: u64 = 256 << 20;

/// A frame without a message in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The number of the request, if it has one.
    pub id: Value,
    /// The error code of the protocol.
    pub code: i32,
    /// What is the matter, without anything of what was sent.
    pub message: String,
}

impl Fault {
    fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { id: Value::Null, code: code as i32, message: message.into() }
    }
}

/// Reads the next frame; `None` at the end of the stream.
///
/// # Errors
/// When the stream cannot be read any more.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<Result<Message, Fault>>> {
    let length = match read_header(input)? {
        None => return Ok(None),
        Some(Ok(length)) => length,
        Some(Err(fault)) => return Ok(Some(Err(fault))),
    };
    if length > LARGEST_FRAME {
        let skipped = io::copy(&mut input.take(length), &mut io::sink())?;
        let fault = Fault::new(ErrorCode::InvalidRequest, format!("a message of {length} bytes is too large"));
        return Ok((skipped == length).then_some(Err(fault)));
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(parse(&bytes)))
}

/// The length that the header tells.
fn read_header(input: &mut impl BufRead) -> io::Result<Option<Result<u64, Fault>>> {
    let mut length = None;
    let mut lines = 0;
    loop {
        let mut line = Vec::new();
        input.take(LONGEST_HEADER).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        let line = line.trim_ascii();
        if line.is_empty() && lines > 0 {
            let fault = || Fault::new(ErrorCode::ParseError, "a message has no `Content-Length`");
            return Ok(Some(length.ok_or_else(fault)));
        }
        lines += usize::from(!line.is_empty());
        if let Some((name, value)) = split_once(line)
            && name.eq_ignore_ascii_case(b"Content-Length")
        {
            length = std::str::from_utf8(value).ok().and_then(|value| value.trim().parse().ok());
        }
    }
}

fn split_once(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b':', line)?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

fn parse(bytes: &[u8]) -> Result<Message, Fault> {
    let invalid =
        |id: Value| Fault { id, ..Fault::new(ErrorCode::InvalidRequest, "this is no message of the protocol") };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        Fault::new(ErrorCode::ParseError, format!("a message is no JSON, from column {}", error.column()))
    })?;
    let id = match value.get("id") {
        Some(id) if value.get("method").is_some() && (id.is_string() || id.is_i64()) => id.clone(),
        _ => Value::Null,
    };
    if !value.is_object() {
        return Err(invalid(Value::Null));
    }
    // A request with a number that is none would be taken for a notification, and wait for its answer for ever.
    let is_request = value.get("method").is_some() && value.get("id").is_some_and(|id| !id.is_null());
    let message =
        if is_request { serde_json::from_value(value).map(Message::Request) } else { serde_json::from_value(value) };
    message.map_err(|_| invalid(id))
}

/// Writes one frame.
///
/// # Errors
/// When the stream cannot be written to.
pub fn write(output: &mut impl Write, payload: &str) -> io::Result<()> {
    write!(output, "Content-Length: {}\r\n\r\n", payload.len())?;
    output.write_all(payload.as_bytes())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(payload: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, payload).unwrap();
        bytes
    }

    #[test]
    fn what_is_no_message_costs_no_other() {
        let good = frame(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        for (bad, id, code) in [
            (frame("{not JSON"), Value::Null, -32700),
            (frame("[]"), Value::Null, -32600),
            (frame(r#"{"id": 7, "method": 8}"#), Value::from(7), -32600),
            (frame(r#"{"id": {}, "method": "a"}"#), Value::Null, -32600),
            (frame(r#"{"id": 4294967296, "method": "a"}"#), Value::from(1_u64 << 32), -32600),
            (frame("\u{0}"), Value::Null, -32700),
            (frame(&"[".repeat(100_000)), Value::Null, -32700),
            (b"Content-Length: x\r\n\r\n".to_vec(), Value::Null, -32700),
            (b"Something: else\r\n\r\n".to_vec(), Value::Null, -32700),
            (b"no header at all\n\r\n".to_vec(), Value::Null, -32700),
        ] {
            let stream = [bad, good.clone()].concat();
            let mut stream = stream.as_slice();
            let fault = read(&mut stream).unwrap().unwrap().unwrap_err();
            assert_eq!((fault.id, fault.code), (id, code), "{}", fault.message);
            assert!(matches!(read(&mut stream).unwrap(), Some(Ok(Message::Notification(_)))));
            assert!(read(&mut stream).unwrap().is_none());
        }
    }

    #[test]
    fn a_stream_may_end_anywhere() {
        let whole = frame(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        for end in 0..whole.len() {
            let mut stream = &whole[..end];
            assert!(!matches!(read(&mut stream).unwrap(), Some(Ok(_))), "{end}");
        }
        let mut claimed = &b"Content-Length: 18446744073709551615\r\n\r\n{}"[..];
        assert!(read(&mut claimed).unwrap().is_none());
    }
}
