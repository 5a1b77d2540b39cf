// Names of methods on the command line: those that are registered when the program begins.

internal import ArgumentParser
internal import Experiments

/// A method by its name.
struct MethodArgument: ExpressibleByArgument {
  let method: any Method

  init?(argument: String) {
    guard let method = Registry.method(named: argument) else { return nil }
    self.method = method
  }

  static var allValueStrings: [String] { Registry.methods.map(\.name) }
  var defaultValueDescription: String { method.name }

  /// What each method is: `algorithm distillation, on whole histories (ad), …`.
  static var summaries: String {
    Registry.methods.map { "\($0.summary) (\($0.name))" }.joined(separator: "; ")
  }
}

/// Methods of models, separated by commas.
struct ModelMethodList: ExpressibleByArgument {
  let methods: [any Method]

  init?(argument: String) {
    let names = argument.split(separator: ",").map(String.init)
    methods = names.compactMap(Registry.method(named:))
    guard !methods.isEmpty && methods.count == names.count else { return nil }
  }
}

/// Methods in their conditions, and the source, separated by commas.
struct MethodList: ExpressibleByArgument {
  let methods: [EvaluatedMethod]

  init?(argument: String) {
    let names = argument.split(separator: ",").map(String.init)
    methods = names.compactMap { name in EvaluatedMethod.allCases.first { $0.name == name } }
    guard !methods.isEmpty && methods.count == names.count else { return nil }
  }
}
