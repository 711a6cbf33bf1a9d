//! The language server, `ecs-lint lsp`: what the command line says, in an editor, as one types.
//!
//! ```text
//! standard input ─ transport ─▶ messages ─ server   ─▶ one after the other; what is stale is looked at when none is waiting
//!                                         ─ workspace ─▶ which document belongs to which folder
//!                                         ─ folder    ─▶ Session: the same settings, files and engine as of the command line
//!                                         ─ diagnostics, hover, actions, definition, symbols
//! standard output ◀─ transport ─ answers and notifications
//! ```
//!
//! One thread reads, one writes, and one does all the rest, so that no two things happen at once; files are read and lowered in
//! parallel. Diagnostics are sent, or are asked for by the client, never both.
//!
//! What a document holds is told to nobody but the client it comes from, and to that masked as in all outputs: the log has names of
//! methods, of rules and of files, no more.

mod actions;
mod buffers;
mod client;
mod definition;
mod diagnostics;
mod fixes;
mod folder;
mod hover;
mod insight;
mod lasting;
mod notifications;
mod pages;
mod pull;
mod server;
mod suppress;
mod symbols;
mod text;
mod transport;
mod uri;
mod workspace;

use std::io::{self, BufReader, Read, Write};
use std::panic;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use lsp_server::Message;

use server::Server;
use transport::Fault;

/// The client said `shutdown` before it said `exit`.
pub const ORDERLY: u8 = 0;
/// The server had to end without having been told to shut down.
pub const DISORDERLY: u8 = 1;

/// More messages than these are not held for a client that does not read them: the server waits.
const MOST_WAITING: usize = 256;

/// How long a client may take to read the last messages.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What the server has to deal with.
enum Event {
    /// The client sent something.
    Message(Box<Message>),
    /// The client sent something that is no message.
    Fault(Fault),
    /// Nothing will come any more.
    InputEnds,
    /// Nobody reads any more.
    OutputEnds,
    /// The process that started the server is gone.
    ClientEnds,
}

/// Serves a client on these streams until it says `exit` or goes away, and gives the exit status of the process. The thread that
/// reads may outlive the call.
pub fn serve(input: impl Read + Send + 'static, output: impl Write + Send + 'static, mut log: impl Write) -> u8 {
    keep_quiet_about_documents();
    let (events, incoming) = mpsc::channel();
    let (outgoing, payloads) = mpsc::sync_channel::<String>(MOST_WAITING);
    let (done, is_done) = mpsc::channel();
    let of_reader = events.clone();
    let reader = thread::Builder::new().name("lsp-reader".to_owned());
    let reader = reader.spawn(move || read(BufReader::with_capacity(1 << 16, input), &of_reader));
    let of_writer = events.clone();
    let writer = thread::Builder::new().name("lsp-writer".to_owned());
    let writer = writer.spawn(move || {
        write(output, &payloads);
        // Nobody listens any more if the server has ended.
        let _ = of_writer.send(Event::OutputEnds);
        let _ = done.send(());
    });
    if reader.is_err() || writer.is_err() {
        let _ = writeln!(log, "error: no threads to work with");
        return DISORDERLY;
    }
    let status = run(&incoming, events, outgoing, &mut log);
    let _ = is_done.recv_timeout(LAST_WORDS);
    status
}

/// Deals with one event after the other. The sender of messages is dropped at the end, which ends the thread that writes.
fn run(
    incoming: &Receiver<Event>,
    events: mpsc::Sender<Event>,
    outgoing: SyncSender<String>,
    log: &mut dyn Write,
) -> u8 {
    let mut server = Server::new(outgoing, events, log);
    loop {
        // While something is stale, it is looked at as soon as nothing else is to be done.
        let event = if server.has_work() { incoming.try_recv().ok() } else { incoming.recv().ok() };
        let Some(event) = event else {
            if !server.has_work() {
                return DISORDERLY;
            }
            server.work();
            continue;
        };
        if let Some(status) = server.receive(event) {
            return status;
        }
        // All that has come by now: some of it may take back a request that is waiting.
        for event in incoming.try_iter() {
            if let Some(status) = server.receive(event) {
                return status;
            }
        }
    }
}

fn read(mut input: impl io::BufRead, events: &mpsc::Sender<Event>) {
    loop {
        let event = match transport::read(&mut input) {
            Ok(Some(Ok(message))) => Event::Message(Box::new(message)),
            Ok(Some(Err(fault))) => Event::Fault(fault),
            Ok(None) | Err(_) => Event::InputEnds,
        };
        let ends = matches!(event, Event::InputEnds);
        if events.send(event).is_err() || ends {
            return;
        }
    }
}

fn write(mut output: impl Write, payloads: &Receiver<String>) {
    for payload in payloads {
        if transport::write(&mut output, &payload).is_err() {
            return;
        }
    }
}

/// A panic tells where it was, and not what with: its message may quote a document.
fn keep_quiet_about_documents() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(io::stderr(), "error: ecs-lint fails at {place}; please report this");
    }));
}
