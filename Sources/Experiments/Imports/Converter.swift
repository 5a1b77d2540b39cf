// Formats that the Python package reads: it is run as a program of its own, with the interpreter that PYTHON names.

internal import Foundation
internal import Interprocess

/// The Python package's converter of a format.
struct Converter {
  let format: ImportFormat

  /// Writes a set of histories of all tasks.
  /// - Throws: `ImportError` with the converter's own sentence.
  func convert(_ source: String, to folder: String, _ options: [String]) throws {
    try Self.run(
      ["-m", "algorithm_distillation.convert", format.rawValue, source, "--out", folder] + options)
  }

  /// Runs Python with the package in sight.
  /// - Throws: `ImportError` with what the program said last.
  static func run(_ arguments: [String]) throws {
    var environment = ProcessInfo.processInfo.environment
    let interpreter = PythonInterpreter.name
    let paths = [packageFolder, environment["PYTHONPATH"]].compactMap { $0 }
    environment["PYTHONPATH"] = paths.joined(separator: ":")
    let process = PythonInterpreter.makeProcess(arguments)
    process.environment = environment
    let pipe = Pipe()
    process.standardError = pipe
    do {
      try process.run()
    } catch {
      throw ImportError.converter(
        message: "\(interpreter) cannot be run: \(error.localizedDescription)")
    }
    let errors = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus != 0 else { return }
    if errors.contains("No module named") || process.terminationStatus == 127 {
      let module =
        errors.split(separator: "'").dropFirst().first.map { "lacks \($0)" } ?? "is not there"
      throw ImportError.converter(
        message: "the Python interpreter '\(interpreter)' \(module). Install it with "
          + "'pip install ./scripts/python[convert]', or name an interpreter that has it in PYTHON."
      )
    }
    let last = errors.split(separator: "\n").last.map(String.init)
    throw ImportError.converter(
      message: last ?? "\(interpreter) ended with the status \(process.terminationStatus)")
  }

  /// The folder of the package in this repository, found as presets are; nil if the program stands elsewhere, where an
  /// installed package serves.
  private static var packageFolder: String? {
    var folders = [FileManager.default.currentDirectoryPath]
    var folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    while let current = folder, current.path != "/" {
      folders.append(current.path)
      folder = current.deletingLastPathComponent()
    }
    return folders.map { "\($0)/scripts/python" }.first {
      FileManager.default.fileExists(atPath: "\($0)/algorithm_distillation/convert")
    }
  }
}
