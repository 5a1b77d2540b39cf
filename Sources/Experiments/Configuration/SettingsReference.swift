// Every setting with its default, what it may be and what it means, for people. Names, defaults and types are reflected;
// meanings are the doc comments, which SettingMeanings.swift holds.

internal import Foundation
internal import SourceAlgorithms
internal import Tasks

/// The settings of all sections, those of every registered family, learner and method among them.
public enum SettingsReference {
  /// A paragraph for each section, a line for each setting, and its meaning beneath.
  public static var text: String {
    let configuration = ExperimentConfiguration()
    let families = Registry.livedFamilies.map { type in
      part("task", type.init(), "with family: \(type.family)")
    }
    let learners = Registry.learners.map { type in
      part("source", type.init(), "with algorithm: \(type.algorithm)")
    }
    let methods = Registry.methods.compactMap(\.settings).map { part($0.section, $0.init()) }
    let parts =
      ["seed = \(configuration.seed)\n    \(meaning(ExperimentConfiguration.self, "seed") ?? "")"]
      + families + [part("split", configuration.split)] + learners
      + [
        "source, with any algorithm\n"
          + lines(
            "source", "remembersRewards", configuration.source.remembersRewards, SourceSettings.self
          )
      ]
      + [
        part("collect", configuration.collect), part("context", configuration.context),
        part("model", configuration.model), part("train", configuration.train),
      ] + methods + [part("evaluate", configuration.evaluate)]
    return parts.joined(separator: "\n\n")
  }

  private static func part(_ name: String, _ section: Any, _ note: String? = nil) -> String {
    ([name + (note.map { ", \($0)" } ?? "")] + rows(name, section)).joined(separator: "\n")
  }

  /// The settings of a section, and of the sections in it.
  private static func rows(_ path: String, _ section: Any) -> [String] {
    Mirror(reflecting: section).children.flatMap { child in
      let property = child.label ?? ""
      let tree = SettingsTree(reflecting: child.value)
      guard tree.entries.isEmpty else { return rows("\(path).\(snakeCase(property))", child.value) }
      return [lines(path, property, child.value, type(of: section))]
    }
  }

  private static func lines(
    _ path: String, _ property: String, _ value: Any, _ section: Any.Type
  ) -> String {
    let name =
      "  \(path).\(snakeCase(property)) = \(settingText(of: value)), \(expectation(of: value))"
    return name + (meaning(section, property).map { "\n    \($0)" } ?? "")
  }

  private static func meaning(_ section: Any.Type, _ property: String) -> String? {
    settingMeanings["\(section).\(property)"]
  }
}
