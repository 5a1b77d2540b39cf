// How the program ends: one number for each kind of failure, after sysexits.h, so that scripts can
// tell them apart.

/// The exit status of the program.
public enum ExitStatus: Int32, Sendable {
  /// None of the others.
  case failure = 1
  /// The command line is wrong (`EX_USAGE`).
  case usage = 64
  /// A file's content is not what it should be (`EX_DATAERR`).
  case badData = 65
  /// A file or folder is not there (`EX_NOINPUT`).
  case missingInput = 66
  /// A file or folder cannot be made, or may not be overwritten (`EX_CANTCREAT`).
  case cannotCreate = 73
  /// Reading or writing failed half-way, as on a full disk (`EX_IOERR`).
  case inputOutput = 74
  /// What others make is not there yet: the same command can succeed later (`EX_TEMPFAIL`).
  case tryAgain = 75
  /// The configuration is wrong (`EX_CONFIG`).
  case configuration = 78

  /// The status that an error ends the program with.
  public init(of error: any Error) {
    self = (error as? any CommandError)?.exitStatus ?? .failure
  }
}

/// An error that knows its exit status. Its description names the thing, what was expected, what was
/// found and what to do next.
public protocol CommandError: Error, CustomStringConvertible {
  /// The status to end the program with.
  var exitStatus: ExitStatus { get }
}
