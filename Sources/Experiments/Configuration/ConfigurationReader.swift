// From YAML and options to a configuration, or to a list of everything that is wrong with them.

internal import Foundation
internal import Gymnasium
internal import Tasks
internal import Yams

/// A setting given on the command line, or by a file that changes others.
public struct SettingOverride: Sendable {
  /// Where the value was written, for messages: the option as it was typed, or the place in a file.
  let origin: SettingOrigin
  /// Where the setting was named.
  let originOfKey: SettingOrigin
  /// The setting's path in files, such as `train.updates`; nil if the option has no `=`.
  let path: String?
  /// The value, as YAML.
  let value: String

  /// From `--set train.updates=800`.
  /// - Parameter assignment: What follows `--set`.
  public init(set assignment: String) {
    origin = .option("--set \(assignment)")
    originOfKey = origin
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    path = parts.count == 2 ? parts[0].trimmingCharacters(in: .whitespaces) : nil
    value = parts.count == 2 ? String(parts[1]) : ""
  }

  /// From an option of its own, such as `--episodes 20` for `evaluate.episodes`.
  public init(_ name: String, _ value: some CustomStringConvertible, for path: String) {
    origin = .option("\(name) \(value)")
    originOfKey = origin
    self.path = path
    self.value = "\(value)"
  }

  /// From a file: a value, and the key that names its setting.
  init(_ path: String, _ value: Node, key: Node, in file: String) {
    origin = SettingOrigin(value, in: file)
    originOfKey = SettingOrigin(key, in: file)
    self.path = path
    self.value = value.null == nil ? (try? Yams.serialize(node: value)) ?? "" : "null"
  }

  /// The value if it is a text, without quotes.
  fileprivate var text: String? { (try? composed(yaml: value))?.string }
}

/// A YAML file that was read.
public struct ConfigurationFile: Sendable {
  /// What messages call it: its path as it was given.
  public let name: String
  /// Its content.
  public let text: String

  /// A file's name and content.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

extension ExperimentConfiguration {
  /// The configuration that a file and options describe.
  ///
  /// An option that names another source algorithm or family of tasks than the file does drops the
  /// file's section `source` or `task`, whose keys are those of its own.
  /// - Parameters:
  ///   - file: Laid over the defaults.
  ///   - overrides: Laid over that, in order.
  ///   - methods: Whose models are planned: what is impossible for others is not held against the configuration.
  /// - Throws: Everything that is wrong, at once.
  public init(
    from file: ConfigurationFile, overrides: [SettingOverride] = [],
    planning methods: [any Method] = []
  ) throws(ConfigurationError) {
    var node = try file.mapping()
    let defaults = ExperimentConfiguration()
    let named = defaults.taking(
      algorithm: node["source"]?["algorithm"]?.string, family: node["task"]?["family"]?.string)
    let chosen = named.taking(overrides)
    if chosen.source.algorithm != named.source.algorithm { node = node.without("source") }
    if chosen.task.family != named.task.family { node = node.without("task") }
    var overlay = SettingsOverlay(over: chosen)
    overlay.lay(node) { SettingOrigin($0, in: file.name) }
    try self.init(laying: overrides, over: &overlay, planning: methods)
  }

  /// The configuration that YAML describes; see the form with a file.
  public init(
    from yaml: String, overrides: [SettingOverride] = [], planning methods: [any Method] = []
  ) throws(ConfigurationError) {
    try self.init(
      from: ConfigurationFile(name: "configuration", text: yaml), overrides: overrides,
      planning: methods)
  }

  /// This configuration with options laid over it.
  /// - Parameter methods: Whose models are planned.
  public func with(
    _ overrides: [SettingOverride], planning methods: [any Method] = []
  ) throws(ConfigurationError) -> ExperimentConfiguration {
    var overlay = SettingsOverlay(over: taking(overrides))
    return try ExperimentConfiguration(laying: overrides, over: &overlay, planning: methods)
  }

  /// This configuration with the source algorithm and the family of certain names, whose settings are
  /// then the keys of the sections `source` and `task`. A name that is none is left to be refused.
  private func taking(algorithm: String?, family: String?) -> ExperimentConfiguration {
    var result = self
    if let algorithm, algorithm != source.algorithm,
      let named = SourceSettings(algorithm: algorithm)
    {
      result.source.settings = named.settings
    }
    if let family, family != task.family, let named = TaskSettings(family: family) {
      result.task = named
    }
    return result
  }

  /// This configuration with the source algorithm and the family that options name, if they do.
  private func taking(_ overrides: [SettingOverride]) -> ExperimentConfiguration {
    func last(_ path: String) -> String? { overrides.last { $0.path == path }?.text }
    return taking(algorithm: last("source.algorithm"), family: last("task.family"))
  }

  private init(
    laying overrides: [SettingOverride],
    over overlay: inout SettingsOverlay<ExperimentConfiguration>, planning methods: [any Method]
  ) throws(ConfigurationError) {
    var malformed: [String] = []
    for override in overrides {
      guard let path = override.path, let value = try? composed(yaml: override.value) else {
        malformed.append("\(override.origin.prefix)expected KEY=VALUE, such as train.updates=800")
        continue
      }
      let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      overlay.lay(value, at: keys, from: override.origin, named: override.originOfKey)
    }
    if overlay.problems.isEmpty && malformed.isEmpty {
      for problem in overlay.change({ $0.task.settings.resolve() }) {
        overlay.blame("task.\(problem.key)", problem.message)
      }
    }
    if overlay.problems.isEmpty && malformed.isEmpty {
      for problem in overlay.settings.problems(planning: methods) {
        overlay.blame(problem.key, problem.message)
      }
    }
    let problems = overlay.problems + malformed
    guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    self = overlay.settings
  }
}

extension ConfigurationFile {
  /// The version of the kernels that made a run, where its `config.yaml` says it.
  var kernels: Int? { (try? composed(yaml: text))?["kernels"]?.wholeNumber }

  /// The mapping that a file holds, without the versions that a run's `config.yaml` begins with.
  func mapping() throws(ConfigurationError) -> Node {
    func refused(_ mark: Mark?, _ message: String) -> ConfigurationError {
      ConfigurationError(problems: [name + (mark.map { ":\($0)" } ?? "") + ": " + message])
    }
    do {
      let node = try composed(yaml: text) ?? [:]
      guard case .mapping(let mapping) = node else {
        throw refused(node.mark, "expected keys with values, such as 'seed: 1'")
      }
      return Node.mapping(mapping).without("version").without("kernels")
    } catch let error as ConfigurationError {
      throw error
    } catch let error as TooManyAliases {
      throw refused(nil, "the file \(error)")
    } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
      throw refused(context.mark, "the key '\(keys.first ?? "")' is given more than once")
    } catch YamlError.scanner(_, let problem, let mark, _) {
      throw refused(mark, "this is not YAML: \(problem)")
    } catch YamlError.parser(_, let problem, let mark, _) {
      throw refused(mark, "this is not YAML: \(problem)")
    } catch YamlError.composer(_, let problem, let mark, _) {
      throw refused(mark, "this is not YAML: \(problem)")
    } catch {
      throw refused(nil, "this is not YAML: \(error)")
    }
  }
}

extension Node {
  /// This mapping without a key.
  fileprivate func without(_ key: String) -> Node {
    Node((mapping ?? [:]).filter { $0.key.string != key }.map { ($0.key, $0.value) })
  }
}
