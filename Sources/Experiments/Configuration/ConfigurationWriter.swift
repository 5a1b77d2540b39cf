// From a configuration to YAML, and from two configurations to what differs.

internal import Yams

/// The version of the program, which its files carry.
public let programVersion = "0.1.0"

/// The version of the kernels: of the arithmetic, and of the order in which random numbers are drawn. Programs with the
/// same one leave the same bytes for the same settings, on every processor. A test says when it must be raised.
public let kernelVersion = 1

/// A setting that two configurations disagree on.
public struct SettingDifference: Sendable, Equatable {
  /// The setting's path in files, such as `train.updates`.
  public let path: String
  /// Its value in the first configuration.
  public let first: String
  /// Its value in the second.
  public let second: String

  public init(path: String, first: String, second: String) {
    self.path = path
    self.first = first
    self.second = second
  }

  /// The top-level key that the setting belongs to.
  public var section: String { String(path.prefix { $0 != "." }) }
}

extension ExperimentConfiguration {
  /// Every setting with its value, as YAML that reads back to an equal configuration.
  public var yaml: String {
    get throws { try yaml(kernels: kernelVersion) }
  }

  /// The same of a run that was begun with certain kernels; nil if nobody knows which.
  func yaml(kernels: Int?) throws -> String {
    let node = SettingsTree(reflecting: self).node(naming: \.key)
    return """
      # The resolved configuration of this run, written by distill. It can serve as a preset.
      version: \(programVersion)
      \(kernels.map { "kernels: \($0)\n" } ?? "")\(try Yams.serialize(node: node, sortKeys: false))
      """
  }

  /// The settings of some sections that have a result, as texts by their paths.
  func texts(in sections: Set<String>) -> [String: String] {
    let settings = SettingsTree(reflecting: self).settings().filter {
      sections.contains(String($0.path.prefix { $0 != "." })) && task.hasResult(ofPath: $0.path)
    }
    return Dictionary(uniqueKeysWithValues: settings.map { ($0.path, settingText(of: $0.value)) })
  }

  /// The settings in which another configuration differs, in order of declaration.
  public func differences(from other: ExperimentConfiguration) -> [SettingDifference] {
    let others = SettingsTree(reflecting: other).settings().map {
      ($0.path, settingText(of: $0.value))
    }
    let texts = Dictionary(uniqueKeysWithValues: others)
    return SettingsTree(reflecting: self).settings().compactMap { setting in
      guard task.hasResult(ofPath: setting.path) else { return nil }
      let mine = settingText(of: setting.value)
      let theirs = texts[setting.path] ?? "absent"
      return mine == theirs
        ? nil : SettingDifference(path: setting.path, first: mine, second: theirs)
    }
  }
}
