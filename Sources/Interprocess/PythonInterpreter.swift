// The Python that parts of this program run in.

public import Foundation

/// The interpreter that the environment names.
public enum PythonInterpreter {
  /// What the variable PYTHON names, otherwise `python3`.
  public static var name: String { ProcessInfo.processInfo.environment["PYTHON"] ?? "python3" }

  /// A process of it, not started yet.
  public static func makeProcess(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    return process
  }
}
