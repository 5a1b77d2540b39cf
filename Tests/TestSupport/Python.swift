// A Python to compare with, where there is one: `PYTHON` in the environment, else `python3`.

import Foundation
import Interprocess

/// The Python interpreter of the machine.
public enum Python {
  /// Whether the interpreter is there and can import some packages.
  public static func canImport(_ packages: String...) -> Bool {
    let result = try? run("import " + packages.joined(separator: ", "))
    return result?.status == 0
  }

  /// Runs a script and waits for its end.
  /// - Returns: The exit status and what was printed, standard error included.
  public static func run(
    _ script: String, _ arguments: String...
  ) throws -> (status: Int32, output: String) {
    let process = PythonInterpreter.makeProcess(["-c", script] + arguments)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
