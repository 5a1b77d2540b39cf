import Testing

private let subcommands = ["run", "collect", "inspect", "train", "evaluate", "report"]

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

  @Test(arguments: subcommands) func `of a subcommand shows an example and --set`(
    name: String
  ) throws {
    let help = try distill(name, "--help").output
    #expect(help.contains("  distill \(name) "))
    #expect(help.contains("--set <key=value>"))
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
