// What a command says on the standard output: what it read, what it wrote, what to type next.

internal import Foundation
internal import Synchronization

/// The voice of a command.
public struct Console: Sendable {
  /// Whether only errors are said.
  public let isQuiet: Bool

  public init(isQuiet: Bool = false) { self.isQuiet = isQuiet }

  /// Says what was read.
  public func read(_ what: String) { say("read   \(what)") }

  /// Says what was written.
  public func wrote(_ what: String) { say("wrote  \(what)") }

  /// Says what was there already and is left as it is.
  public func kept(_ what: String) { say("kept   \(what)") }

  /// Says what was removed, as it was asked to be.
  public func removed(_ what: String) { say("gone   \(what)") }

  /// Says what another process is writing, which is waited for.
  public func waits(_ what: String) { say("wait   \(what) is being written by another process") }

  /// Ends with the next command to type.
  /// - Parameter words: Of the command, without `distill`.
  public func next(_ words: String...) { say("next   \(commandText(words))") }

  /// Ends with a page to look at.
  public func next(opening page: String) { say("next   open \(shellText([page])) in a browser") }

  /// Says a line, or several.
  public func say(_ text: String) {
    guard !isQuiet else { return }
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((printable(text) + "\n").utf8))
    } catch {
      // What is being made is worth more than what is said of it: the command goes on, and fails at its end.
      Self.lostLines.store(true, ordering: .relaxed)
    }
  }

  private static let lostLines = Atomic<Bool>(false)

  /// Whether everything that was said could be written.
  public static var hasSaidAll: Bool { !lostLines.load(ordering: .relaxed) }

  /// Starts showing how far something has come.
  public func progress(
    _ title: String, total: Int, alreadyDone: Int = 0, unit: String
  ) -> ProgressLine {
    ProgressLine(
      title, total: total, alreadyDone: alreadyDone, unit: unit,
      on: isQuiet ? .none : .standardError)
  }
}

/// The standard output could not be written, such as on a full disk.
public struct ConsoleError: CommandError, Equatable {
  public init() {}

  /// What happened and what to do.
  public var description: String {
    "the standard output cannot be written. All files were made; run the same command again to see what it says of them."
  }

  public var exitStatus: ExitStatus { .inputOutput }
}

/// A text without what a terminal would obey: control characters, but for line ends and tabs, stand as their numbers.
/// Names in files and folders can hold any.
public func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isObeyed) else { return text }
  return text.unicodeScalars.map { scalar in
    isObeyed(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }.joined()
}

private func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
}

/// A command of this program, as a shell takes it.
/// - Parameter words: What follows `distill`.
func commandText(_ words: [String]) -> String { shellText(["distill"] + words) }

/// A command of this program, as a shell takes it.
func commandText(_ words: String...) -> String { commandText(words) }
