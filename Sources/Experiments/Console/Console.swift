// What a command says on the standard output: what it read, what it wrote, what to type next.

internal import Foundation

/// The voice of a command.
package struct Console: Sendable {
  /// Whether only errors are said.
  package let isQuiet: Bool

  /// A console.
  package init(isQuiet: Bool = false) { self.isQuiet = isQuiet }

  /// Says what was read.
  package func read(_ what: String) { say("read   \(what)") }

  /// Says what was written.
  package func wrote(_ what: String) { say("wrote  \(what)") }

  /// Says what was there already and is left as it is.
  package func kept(_ what: String) { say("kept   \(what)") }

  /// Says what was removed, as it was asked to be.
  package func removed(_ what: String) { say("gone   \(what)") }

  /// Ends with the next command to type.
  package func next(_ command: String) { say("next   \(command)") }

  /// Says a line, or several.
  package func say(_ text: String) {
    guard !isQuiet else { return }
    try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
  }

  /// Starts showing how far something has come.
  package func progress(
    _ title: String, total: Int, alreadyDone: Int = 0, unit: String
  ) -> ProgressLine {
    ProgressLine(
      title, total: total, alreadyDone: alreadyDone, unit: unit,
      on: isQuiet ? .none : .standardError)
  }
}
