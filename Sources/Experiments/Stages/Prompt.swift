// What a context can begin with, and why it cannot: episodes in which the source earned a share of the optimum,
// or a history of the user's own.

internal import Foundation
public import LearningHistories

/// What a model's context begins with: episodes that it did not live itself.
public enum Prompt: Hashable, Sendable {
  /// Of the source on the same task, where it first earned so many percent of the task's optimal return.
  case percent(Int)
  /// Of the histories of a shard.
  case file(path: String)

  /// The endings of the names of files of histories, and of arrays of steps.
  private static let fileEndings = [".safetensors", ".npz"]

  /// Prompts as they are typed: percentages with commas between, or the path of one file.
  public static func parsed(_ text: String) throws(PromptError) -> [Prompt] {
    if fileEndings.contains(where: text.hasSuffix) { return [.file(path: text)] }
    var prompts: [Prompt] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let percent = Int(part), (1...100).contains(percent) else {
        throw .notAPrompt(String(part))
      }
      prompts.append(.percent(percent))
    }
    return prompts
  }

  /// The share of the optimum; nil if it is none.
  var percent: Int? {
    if case .percent(let percent) = self { percent } else { nil }
  }

  /// The file; nil if it is none.
  var path: String? {
    if case .file(let path) = self { path } else { nil }
  }
}

/// Why a context cannot begin as asked.
public enum PromptError: CommandError, Equatable {
  /// Neither a percentage nor a file of histories.
  case notAPrompt(String)
  /// The method has no context to put episodes into, or has something in it already.
  case notPromptable(String)
  /// A share of an optimum that is not known.
  case optimumNotKnown(family: String)
  /// There is no such file.
  case missing(path: String)
  /// A file that is not what its schema says, or of other tasks.
  case unusable(HistoryError)
  /// A file whose namesake was evaluated.
  case otherContents(path: String, split: String, expected: String, found: String)

  /// What was given, what was expected and what to do.
  public var description: String {
    switch self {
    case .notAPrompt(let text):
      "'\(text)' is no prompt. Give a share of the optimum in percent, from 1 to 100, or the path of a "
        + "file of histories that ends in .safetensors, or of arrays of steps that ends in .npz."
    case .notPromptable(let method):
      "the context of '\(method)' cannot begin with a prompt, only that of "
        + "\(EvaluatedMethod.promptable.map(\.name).joined(separator: ", ")). "
        + "Name those with --methods, or leave it out."
    case .optimumNotKnown(let family):
      "the optimum of tasks of '\(family)' is not known, so no prompt can be at a share of it. Give the path of a "
        + "file of histories instead."
    case .missing(let path):
      "\(path) does not exist. Give the path of a file of histories; data/schema.md says how to write one."
    case .unusable(let error):
      "\(error.problem) Write the file as data/schema.md says, for the tasks of this run."
    case .otherContents(let path, let split, let expected, let found):
      "\(path) has the SHA-256 \(found), but the returns of '\(split)' are those of a file of the same name "
        + "with \(expected). Give the file another name."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .notAPrompt, .notPromptable, .optimumNotKnown: .usage
    case .missing: .missingInput
    case .unusable(let error): error.exitStatus
    case .otherContents: .cannotCreate
    }
  }
}
