// What a run folder holds, as far as settings bind it: its histories, the models of each method, the evaluation of each
// method in each condition. What other settings made is refused, or removed if the user says so.

internal import Foundation

/// Parts of a run folder that are bound by the same settings, and are removed together.
struct Holding {
  /// What people call it.
  let name: String
  /// Files and folders, as paths within the run folder.
  let paths: [String]
  /// The sections of settings that it was made with.
  let sections: Set<String>
  /// Whether a stage of `timings.json` is of it.
  let isTimed: @Sendable (_ stage: String) -> Bool
}

extension RunFolder {
  /// Everything that lies in the folder.
  var holdings: [Holding] {
    var holdings: [Holding] = []
    if exists("histories") {
      holdings.append(
        Holding(
          name: "histories", paths: ["histories"], sections: Sections.histories,
          isTimed: { $0 == "collect" }))
    }
    for method in Registry.methods where exists("models/\(method.name)") {
      let prefix = "train/\(method.name)/"
      holdings.append(
        Holding(
          name: "models/\(method.name)", paths: ["models/\(method.name)"],
          sections: Sections.models(of: method), isTimed: { $0.hasPrefix(prefix) }))
    }
    return holdings + evaluations
  }

  /// The evaluations of the folder, by what acted. A table that was not joined from parts is of every method whose
  /// models are there.
  private var evaluations: [Holding] {
    guard exists("evaluation") else { return [] }
    let names = contents(of: evaluationParts)
    guard !names.isEmpty else {
      let models = Registry.methods.filter { exists("models/\($0.name)") }
      let sections = models.reduce(Sections.histories.union(["evaluate"])) {
        $0.union(Sections.models(of: $1))
      }
      return [
        Holding(
          name: "evaluation", paths: ["evaluation"], sections: sections,
          isTimed: { $0.hasPrefix("evaluate/") })
      ]
    }
    var holdings = names.compactMap { name -> Holding? in
      guard let evaluated = EvaluatedMethod(named: name), evaluated != .source else { return nil }
      return Holding(
        name: "evaluation/\(name)", paths: ["evaluation/parts/\(name)"],
        sections: Sections.returns(of: evaluated),
        isTimed: { $0.hasPrefix("evaluate/") && $0.split(separator: "/").contains(name[...]) })
    }
    let histories = contents(of: evaluation).filter { $0.hasPrefix("source-") }
    if names.contains("source") || !histories.isEmpty {
      holdings.append(
        Holding(
          name: "evaluation/source",
          paths: ["evaluation/parts/source"] + histories.map { "evaluation/\($0)" },
          sections: Sections.returns(of: .source),
          isTimed: { $0.hasPrefix("evaluate/") && $0.hasSuffix("/source") }))
    }
    return holdings
  }

  /// Removes holdings, and the tables that were joined from some of them.
  func remove(_ holdings: [Holding], telling console: Console) throws {
    for holding in holdings {
      for path in holding.paths where exists(path) {
        try removeIfPresent("\(self.path)/\(path)")
        console.removed("\(self.path)/\(path)")
      }
      try forgetTimings(where: holding.isTimed)
    }
    guard holdings.contains(where: { $0.name.hasPrefix("evaluation") }) else { return }
    if contents(of: evaluationParts).isEmpty {
      try removeIfPresent(evaluation)
    } else {
      for path in [returns, paths, summary] { try removeIfPresent(path) }
    }
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(name)")
  }

  /// The names in a folder, in alphabetical order; none if there is no folder.
  func contents(of folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
