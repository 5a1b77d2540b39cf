// Runs the built program as a person does: a command line, a working folder, and what comes back.

import Foundation
import TestSupport
import Testing

/// What a command line came to.
struct Outcome {
  let status: Int32
  let bytes: [UInt8]
  let errors: String

  var output: String { String(decoding: bytes, as: UTF8.self) }
}

/// The repository that the tests were built from.
let repository = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// Runs `distill`, which is built beside the tests.
/// - Parameter folder: The working folder.
func distill(_ arguments: String..., in folder: String = repository) throws -> Outcome {
  try run(arguments, in: folder)
}

/// Runs `distill` with a list of arguments.
/// - Parameters:
///   - folder: The working folder.
///   - input: What it reads; nothing if nil.
///   - bytes: What it reads in place of text.
///   - environment: Variables beside those of the tests.
///   - sign: A file: when it appears, the program is interrupted as by Ctrl-C.
func run(
  _ arguments: [String], in folder: String = repository, input: String? = nil,
  bytes: [UInt8]? = nil, environment: [String: String] = [:],
  interruptedWhenThereIs sign: String? = nil
) throws -> Outcome {
  let scratch = try ScratchFolder()
  let process = try program(arguments, in: folder, environment: environment)
  if let read = bytes ?? input.map({ Array($0.utf8) }) {
    try Data(read).write(to: URL(fileURLWithPath: scratch.file("input")))
    process.standardInput = try FileHandle(
      forReadingFrom: URL(fileURLWithPath: scratch.file("input")))
  }
  process.standardOutput = try scratch.handle("output")
  process.standardError = try scratch.handle("errors")
  // A program whose interrupts are ignored when it starts goes on ignoring them, as these tests may have been started.
  signal(SIGINT, SIG_DFL)
  try process.run()
  var isInterrupted = false
  while let sign, process.isRunning {
    if !isInterrupted && FileManager.default.fileExists(atPath: sign) {
      process.interrupt()
      isInterrupted = true
    }
    Thread.sleep(forTimeInterval: 0.005)
  }
  process.waitUntilExit()
  return Outcome(
    status: process.terminationStatus,
    bytes: Array(try Data(contentsOf: URL(fileURLWithPath: scratch.file("output")))),
    errors: try scratch.text("errors"))
}

/// `distill` with a list of arguments, not yet started.
func program(
  _ arguments: [String], in folder: String = repository, environment: [String: String] = [:]
) throws -> Process {
  let tests = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
  let process = Process()
  process.executableURL = tests.deletingLastPathComponent().appendingPathComponent("distill")
  process.arguments = arguments
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  process.environment = ProcessInfo.processInfo.environment
    .merging(["COLUMNS": "80"], uniquingKeysWith: { $1 })
    .merging(environment, uniquingKeysWith: { $1 })
  process.standardInput = FileHandle.nullDevice
  return process
}

extension ScratchFolder {
  /// An empty file to write into.
  fileprivate func handle(_ name: String) throws -> FileHandle {
    try write("", to: name)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: file(name)))
  }

  /// A file's content.
  func text(_ name: String) throws -> String {
    try String(contentsOfFile: file(name), encoding: .utf8)
  }
}

/// Compares text with a file of Snapshots; with DISTILL_RECORD_SNAPSHOTS set, writes the file instead.
func expectSnapshot(_ text: String, _ name: String) throws {
  let path = "\(repository)/Tests/CommandLineTests/Snapshots/\(name).txt"
  if ProcessInfo.processInfo.environment["DISTILL_RECORD_SNAPSHOTS"] != nil {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }
  #expect(text == (try String(contentsOfFile: path, encoding: .utf8)))
}

/// Runs the program and expects it to succeed.
func expectSuccess(_ arguments: [String]) throws {
  let outcome = try run(arguments)
  #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
}
