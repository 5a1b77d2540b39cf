// distill plan: what a run is made of, what is there, what the rest takes.

internal import ArgumentParser
internal import Experiments

/// `distill plan`.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "List the parts of a run, what is there of them, and what the rest takes.",
    discussion: """
      Of a run folder or of a preset: every part with its state, its environment steps, its bytes on disk, its greatest \
      memory and its minutes on this machine, measured on a small sample of the work. Nothing is written.

      Examples:
        distill plan runs/dark-room
        distill plan dark-room --methods ad,rl2 --set train.updates=800
        distill plan dark-room --part 2/8
      """)

  @Argument(help: "A run folder, a preset's name, or the path of a YAML file.")
  var subject: String

  @Option(
    help: ArgumentHelp(
      """
      The models to plan, some of these with commas between: \
      \(Registry.methods.map(\.name).joined(separator: ", ")). (default: those that are there, or \
      \(Registry.standardMethods.map(\.name).joined(separator: ",")))
      """,
      valueName: "list"))
  var methods: ModelMethodList?

  @Flag(help: "List the histories of every task by themselves.")
  var everyPart = false

  @OptionGroup var parts: PartOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    try PlanStage(
      subject, methods: methods?.methods, overrides: common.overrides, console: common.console,
      workers: workers.count, share: try parts.share()
    ).perform(listingEveryPart: everyPart)
  }
}
