// What settings mean is said once, in the doc comments; the program's copy of them is made here.

import Experiments
import Foundation
import SourceAlgorithms
import Tasks
import Testing

@Suite struct `What settings mean` {
  private let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private var file: URL {
    repository.appendingPathComponent("Sources/Experiments/Configuration/SettingMeanings.swift")
  }

  /// The doc comments of the stored properties of settings structs, by type and property.
  private func meanings() throws -> [String: String] {
    var found: [String: String] = [:]
    let sources = repository.appendingPathComponent("Sources")
    let paths = try #require(FileManager.default.subpaths(atPath: sources.path))
    for path in paths.sorted() where path.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
      var type: String?
      var comment: [String] = []
      for line in text.components(separatedBy: "\n") {
        if line.hasPrefix("public struct "),
          let match = line.firstMatch(of: /^public struct (\w*Settings|ExperimentConfiguration)\b/)
        {
          type = String(match.1)
        } else if line.hasPrefix("}") {
          type = nil
        } else if line.hasPrefix("  /// ") {
          comment.append(String(line.dropFirst("  /// ".count)))
          continue
        } else if let type, line.hasPrefix("  public var "),
          let match = line.firstMatch(of: /^  public var (\w+)( =|: )/),
          !comment.isEmpty
        {
          found["\(type).\(match.1)"] = comment.joined(separator: " ")
            .replacing(/`(\w+)`/) { name in
              name.1.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : "\($1)" }
            }
        }
        comment = []
      }
    }
    return found
  }

  @Test func `is what the doc comments say`() throws {
    let lines = try meanings().sorted { $0.key < $1.key }.map { key, meaning in
      let text = meaning.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "  \"\(key)\":\n    \"\(text)\","
    }
    let made = """
      // The doc comments of settings, for 'distill help settings'. Made by SettingMeaningsTests.swift: run it with
      // DISTILL_RECORD_SNAPSHOTS set after a change.

      // swift-format-ignore
      let settingMeanings: [String: String] = [
      \(lines.joined(separator: "\n"))
      ]

      """
    if ProcessInfo.processInfo.environment["DISTILL_RECORD_SNAPSHOTS"] != nil {
      try Data(made.utf8).write(to: file)
    }
    #expect(
      try String(contentsOf: file, encoding: .utf8) == made,
      "run scripts/test --filter 'What settings mean' with DISTILL_RECORD_SNAPSHOTS=1, and build again"
    )
  }

  @Test func `is there for every setting`() {
    // Other tests of the process add families and learners, whose meanings nobody collects.
    let builtIn = Set(
      Registry.builtInFamilies.map { "task, with family: \($0.family)" }
        + Registry.builtInLearners.map { "source, with algorithm: \($0.algorithm)" })
    let parts = SettingsReference.text.components(separatedBy: "\n\n").filter { part in
      let head = part.prefix { $0 != "\n" }
      return !head.contains(", with family: ") && !head.contains(", with algorithm: ")
        || builtIn.contains(String(head))
    }
    let lines = parts.flatMap { $0.components(separatedBy: "\n") }
    for (line, next) in zip(lines, lines.dropFirst())
    where line.hasPrefix("  ") && !line.hasPrefix("    ") {
      #expect(next.hasPrefix("    ") && next.count > 8, "\(line) has no meaning")
    }
    #expect(lines.contains { $0.hasPrefix("  train.updates = ") })
    #expect(lines.contains { $0.hasPrefix("  source.entropy_bonus = ") })
    #expect(lines.contains { $0.hasPrefix("  rl2.algorithm = ") })
    #expect(lines.contains { $0.hasPrefix("  model.sight.channels = ") })
  }
}
