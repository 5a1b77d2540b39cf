// The share of a run that one process makes: --part and what goes with it.

internal import ArgumentParser
internal import Experiments

/// Which share of the parts.
struct PartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Only the share I of N of the work, such as 2/8, the second of eight; 'array' takes I and N from a job array \
      of Slurm.
      """,
      valueName: "i/n"))
  var part: String?

  /// - Throws: `ShareError` if there is no such share.
  func share() throws -> Share? { try part.map { try Share($0) } }
}

/// What is made of the share, and how long it waits for others.
struct ShareOptions: ParsableArguments {
  @OptionGroup var parts: PartOptions

  @Option(
    help: ArgumentHelp(
      "Of the share, make only the histories (collect), the models (train) or the returns (evaluate).",
      valueName: "stage"))
  var stage: StageArgument?

  @Option(
    help: ArgumentHelp(
      """
      Minutes to wait for what other shares make, as long as none of it comes; then it ends with status 75, \
      after its own share of the rest. (default: 0)
      """,
      valueName: "minutes"))
  var wait: Int?

  func validate() throws {
    if parts.part == nil && (stage != nil || wait != nil) {
      throw ValidationError(
        "--\(stage == nil ? "wait" : "stage") belongs to --part. Name a share, too.")
    }
    if let wait, !(0...100_000).contains(wait) {
      throw ValidationError("--wait must be 0 to 100000 minutes, not \(wait).")
    }
  }
}

/// What a part comes about in, by the name of the subcommand that makes it alone.
struct StageArgument: ExpressibleByArgument {
  let kind: PartKind

  init?(argument: String) {
    guard let kind = PartKind(rawValue: argument) else { return nil }
    self.kind = kind
  }

  static var allValueStrings: [String] { PartKind.allCases.map(\.rawValue) }
}
