// One loop of ours in one process, for a while: what it came to is one line of JSON. `scripts/benchmark`
// runs these in turn with the same loops of others.

internal import ArgumentParser

/// `loops`.
@main
struct Loops: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loops",
    abstract: "Runs one loop of the library for a while and prints its speed as a line of JSON.",
    subcommands: [
      Train.self, Proof.self, Rollout.self, RolloutGrowth.self, CollectA3C.self,
      CollectTabular.self, GymnasiumSteps.self, ReadWait.self, Pool.self, Machine.self,
    ])
}
