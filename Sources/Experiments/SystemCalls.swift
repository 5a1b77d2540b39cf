// The few calls of the operating system that Foundation has no words for; the only file of this
// module that may say `unsafe`.

internal import Dispatch
internal import Foundation

/// What the system says of an error, such as `Permission denied`.
func systemMessage(_ code: POSIXErrorCode) -> String {
  unsafe String(cString: strerror(code.rawValue))
}

/// Whether people read what is written to the standard error.
public var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

/// The columns of the terminal behind the standard error, or 80.
var terminalColumns: Int {
  var size = winsize()
  guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
    return 80
  }
  return Int(size.ws_col)
}

/// On an interrupt (Ctrl-C), says something and then dies of the interrupt, as shells expect.
/// Nothing needs to be put in order: files get their names only when they are complete.
/// - Parameter message: Said on the standard error.
public func onInterrupt(say message: String) {
  signal(SIGINT, SIG_IGN)
  let source = DispatchSource.makeSignalSource(
    signal: SIGINT, queue: DispatchQueue(label: "interrupt"))
  source.setEventHandler {
    writeToStandardError("\n\(message)\n")
    signal(SIGINT, SIG_DFL)
    var interrupt = sigset_t()
    unsafe sigemptyset(&interrupt)
    unsafe sigaddset(&interrupt, SIGINT)
    unsafe pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)  // Dispatch blocks signals to its threads
    raise(SIGINT)
    source.cancel()  // never comes to that, but holding the source here keeps it alive
  }
  source.activate()
}

/// The bytes of address space that this process may still take (`ulimit -v`); nil if it is not limited.
func addressSpaceLimit() -> Int? {
  var limit = rlimit()
  guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
    limit.rlim_cur < rlim_t(Int64.max)
  else { return nil }
  return Int(limit.rlim_cur)
}

/// Does work that no other program does at the same time: whoever holds the lock of a file. A program that ends lets its
/// locks go, however it ends.
/// - Parameters:
///   - path: The file, which is made if it is not there, and stays.
///   - waiting: Called before it waits for another program.
func alone<Outcome>(
  _ path: String, waiting: () -> Void, _ work: () throws -> Outcome
) throws -> Outcome {
  func failure() -> FileError {
    let code = POSIXErrorCode(rawValue: errno) ?? .EIO
    return .notWritable(path: path, reason: systemMessage(code))
  }
  let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw failure() }
  defer { close(descriptor) }
  if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
    guard errno == EWOULDBLOCK else { throw failure() }
    waiting()
    while flock(descriptor, LOCK_EX) != 0 { if errno != EINTR { throw failure() } }
  }
  return try work()
}

/// Writes text to the standard error at once.
public func writeToStandardError(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}
