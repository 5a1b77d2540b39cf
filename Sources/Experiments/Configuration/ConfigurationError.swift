// What can be wrong with a configuration, and where it was written.

internal import Yams

/// All that is wrong with a configuration, found before any work starts.
public struct ConfigurationError: CommandError, Equatable {
  /// One line each: place, key, what is wrong and what would be right.
  public let problems: [String]

  /// The problems, a line each.
  public var description: String { problems.joined(separator: "\n") }

  /// `EX_CONFIG`.
  public var exitStatus: ExitStatus { .configuration }
}

/// Where a setting was written.
enum SettingOrigin: Sendable {
  /// In a file.
  case file(name: String, line: Int, column: Int)
  /// On the command line, in this option.
  case option(String)

  /// Where a node of a file was written.
  init(_ node: Node, in file: String) {
    self = .file(name: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  /// What a problem's line starts with.
  var prefix: String {
    switch self {
    case .file(let name, let line, let column): "\(name):\(line):\(column): "
    case .option(let text): "\(text): "
    }
  }
}
