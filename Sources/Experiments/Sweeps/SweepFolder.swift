// The paths of a sweep's folder, and why a sweep cannot be made or did not come to its end.

internal import Foundation

/// The folder that a sweep lives in.
struct SweepFolder: Sendable {
  let path: String

  init(_ path: String) { self.path = RunFolder(path).path }

  /// The run folder of a point.
  func point(_ name: String) -> RunFolder { RunFolder("\(path)/points/\(name)") }
  /// The histories that points share, by what their settings come down to.
  func histories(_ fingerprint: String) -> String { "\(path)/histories/\(fingerprint)" }
  /// The file that describes the sweep, as it was read last.
  var file: String { "\(path)/sweep.yaml" }
  /// A row for each point, method and split.
  var table: String { "\(path)/sweep.csv" }
  var figure: String { "\(path)/sweep.svg" }
  var page: String { "\(path)/sweep.html" }
}

/// What a sweep cannot do.
public enum SweepError: CommandError {
  /// The folder is a run's.
  case isARun(path: String)
  /// No point learns from the histories that were given.
  case unusedHistories(path: String)
  /// Points failed, the others were made.
  case failed([(label: String, error: any CommandError)], of: Int)

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .isARun(let path):
      "\(path) is the folder of a run, not of a sweep. Choose another --out."
    case .unusedHistories(let path):
      "no point of the sweep has the settings that the histories of \(path) were recorded with. Leave --histories out, or give those of another run."
    case .failed(let failures, let count):
      """
      \(failures.count) of \(count) points failed:
      \(failures.map { "  \($0.label): \($0.error)" }.joined(separator: "\n"))
      The others are there; the same command tries these again.
      """
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .isARun: .cannotCreate
    case .unusedHistories: .usage
    case .failed(let failures, _): failures.first?.error.exitStatus ?? .failure
    }
  }
}
