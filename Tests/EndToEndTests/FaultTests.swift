// Runs that are killed and whose system calls fail, by scripts/faults: the short form of what it does for hours.

import Foundation
import Interprocess
import TestSupport
import Testing

/// Whether the harness can be built and run.
private let canDisturb: Bool = {
  #if os(Linux)
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = ["cc", "--version"]
    (compiler.standardOutput, compiler.standardError) = (
      FileHandle.nullDevice, FileHandle.nullDevice
    )
    guard (try? compiler.run()) != nil else { return false }
    compiler.waitUntilExit()
    return compiler.terminationStatus == 0 && Python.canImport("subprocess")
  #else
    false
  #endif
}()

@Suite(
  .enabled(if: isOptimised, "\(needsOptimisation)"),
  .enabled(if: canDisturb, "needs Linux, a C compiler named cc, and Python"))
struct `A run that is disturbed` {
  @Test
  func `leaves the bytes of an undisturbed one after the same command, and says what is wrong`()
    throws
  {
    let tests = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
    let repository = URL(fileURLWithPath: tinyPreset).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let process = PythonInterpreter.makeProcess([
      repository.appendingPathComponent("scripts/faults").path, "short",
    ])
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["DISTILL": tests.deletingLastPathComponent().appendingPathComponent("distill").path],
      uniquingKeysWith: { $1 })
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let said = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
  }
}
