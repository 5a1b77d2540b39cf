// The few calls of the operating system that Foundation has no words for; the only file of this
// module that may say `unsafe`.

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

/// Has a function called on a signal, unless the signal is ignored already.
func takeUnlessIgnored(_ number: Int32, _ handler: @convention(c) (Int32) -> Void) {
  let before = signal(number, handler)
  // SIG_IGN is the number 1 in a pointer's place.
  if unsafe unsafeBitCast(before, to: Int.self) == 1 { signal(number, SIG_IGN) }
  // Whoever starts programs from a thread of Dispatch hands its blocked signals on.
  unblock(number)
}

/// Lets a signal reach this thread and those that it starts.
private func unblock(_ number: Int32) {
  var set = sigset_t()
  unsafe sigemptyset(&set)
  unsafe sigaddset(&set, number)
  unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
}

/// Writes a text to the standard error from within the handler of a signal, which allocates nothing.
func writeFromHandler(_ text: StaticString) {
  _ = unsafe write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
}

/// Ends as if nobody had taken the signal.
func dieOf(_ number: Int32) -> Never {
  signal(number, SIG_DFL)
  unblock(number)
  raise(number)
  _exit(128 + number)
}

/// Ends the program at once: threads of libraries, which might wait for memory that there is not, are not waited for.
public func endProgram(_ status: Int32) -> Never {
  fflush(nil)
  _exit(status)
}

/// The bytes of address space that this process may still take (`ulimit -v`); nil if it is not limited.
func addressSpaceLimit() -> Int? {
  var limit = rlimit()
  guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
    limit.rlim_cur < rlim_t(Int64.max)
  else { return nil }
  return Int(limit.rlim_cur)
}

/// Writes text to the standard error at once.
public func writeToStandardError(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}
