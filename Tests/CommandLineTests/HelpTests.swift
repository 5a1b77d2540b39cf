import Testing

private let stages = [
  "run", "sweep", "plan", "collect", "inspect", "train", "evaluate", "report", "attention",
]
/// Compare puts finished runs together, a served model is finished, and export copies: none takes settings.
private let subcommands = stages + ["compare", "import", "export", "serve"]

@Suite struct `Help` {
  @Test func `of the program is as in its snapshot`() throws {
    let outcome = try distill("--help")
    #expect(outcome.status == 0)
    try expectSnapshot(outcome.output, "help")
  }

  @Test(arguments: subcommands) func `of a subcommand is as in its snapshot`(name: String) throws {
    let outcome = try distill(name, "--help")
    #expect(outcome.status == 0)
    try expectSnapshot(outcome.output, "help-\(name)")
  }

  @Test(arguments: subcommands) func `of a subcommand shows an example`(name: String) throws {
    #expect(try distill(name, "--help").output.contains("  distill \(name) "))
  }

  @Test(arguments: stages) func `of a stage shows --set`(name: String) throws {
    #expect(try distill(name, "--help").output.contains("--set <key=value>"))
  }

  @Test(arguments: [["help", "settings"], ["settings"]])
  func `of settings has each of them with its default and its meaning`(arguments: [String]) throws {
    let outcome = try run(arguments)
    #expect(outcome.status == 0)
    let text = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("train.updates = "))
    #expect(text.contains("task.size = 9, a whole number"))
    #expect(text.contains("source.learning_rate = 0.0001, a number Adam's step size."))
  }

  @Test func `includes the version`() throws {
    let outcome = try distill("--version")
    #expect(outcome.status == 0)
    #expect(outcome.output == "distill 0.1.0\n")
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func `includes completions`(shell: String) throws {
    let outcome = try distill("--generate-completion-script", shell)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("histories") || outcome.output.contains("collect"))
  }
}
