// The few calls of the operating system that Foundation has no words for; the only file of this
// module that may say `unsafe`.

internal import CPresets
internal import Foundation

/// What the system says of an error, such as `Permission denied`.
func systemMessage(_ code: POSIXErrorCode) -> String {
  unsafe String(cString: strerror(code.rawValue))
}

/// Whether people read what is written to the standard error, on a terminal that can draw a line again.
public var standardErrorIsTerminal: Bool {
  let kind = ProcessInfo.processInfo.environment["TERM"] ?? ""
  return isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(kind)
}

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

/// The presets that were built into the program, by name.
func presetsInProgram() -> [String: String] {
  var texts: [String: String] = [:]
  for index in 0..<Int(distill_preset_count) {
    let preset = unsafe distill_presets_start()[index]
    unsafe texts[String(cString: preset.name)] = String(cString: preset.text)
  }
  return texts
}

/// The first argument of the command line that is no text in UTF-8, as it can be shown; nil if all are.
public func firstArgumentNotInUTF8() -> String? {
  for index in 1..<max(1, Int(CommandLine.argc)) {
    guard let argument = unsafe CommandLine.unsafeArgv[index] else { continue }
    if unsafe String(validatingCString: argument) == nil { return unsafe String(cString: argument) }
  }
  return nil
}

/// Writes text to the standard error at once.
public func writeToStandardError(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}
