// gymnasium: random actions in environments of one Python worker, all stepped together.

internal import AlgorithmDistillation
internal import ArgumentParser
internal import Foundation

struct GymnasiumSteps: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gymnasium",
    abstract: "Steps Gymnasium environments of one Python process; environment steps a second.")

  @Option(help: "The environment, as task.environment names it.")
  var environment: String
  @Option(help: "Environments that are stepped together.")
  var count = 64
  @Option(help: "Seconds to step.")
  var seconds = 5.0

  func run() throws {
    var settings = GymnasiumSettings()
    settings.environment = environment
    let problems = settings.resolve() + settings.problems
    guard problems.isEmpty else {
      throw ValidationError(problems.map { "\($0.key) \($0.message)" }.joined(separator: "\n"))
    }
    let family = GymnasiumFamily(settings, processes: 1)
    var randoms = (0..<count).map { Seed(0).random(for: "gymnasium", $0) }
    var lives = try randoms.indices.map {
      try Life(in: family.task(TaskID($0 % family.taskCount)), using: &randoms[$0])
    }
    var actions = [Int](repeating: 0, count: count)
    func step() throws {
      for index in lives.indices {
        actions[index] = randoms[index].below(family.interface.actionCount)
        lives[index].announce(actions[index])
      }
      for index in lives.indices {
        let lived = try lives[index].step(actions[index], using: &randoms[index])
        if lived.endsEpisode { try lives[index].beginEpisode(using: &randoms[index]) }
        _ = lives[index].observation
      }
    }
    for _ in 0..<20 { try step() }
    let timed = Stopwatch()
    var rounds = 0
    while timed.seconds < seconds {
      try step()
      rounds += 1
    }
    try printLine(
      Speed(
        loop: "gymnasium", environment: environment, count: count,
        stepsPerSecond: Double(rounds * count) / timed.seconds))
  }

  private struct Speed: Encodable {
    let loop: String
    let environment: String
    let count: Int
    let stepsPerSecond: Double
  }
}
