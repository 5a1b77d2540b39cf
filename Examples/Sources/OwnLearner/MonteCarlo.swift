// A source learner of one's own, after the recipe in CONTRIBUTING.md: Monte Carlo control with a table (Sutton &
// Barto 2018, §5.4). The value of an action is moved towards what its episode earned from there on.

import AlgorithmDistillation

/// Monte Carlo control, fed step by step; the adapter `Stepwise` owns the loop over episodes.
struct MonteCarlo: StepwiseLearner {
  let episodes: Int
  /// The share of the way that a value moves towards a return.
  var learningRate: Float = 0.1

  private var interface: TaskInterface?
  /// A value for each observation and action.
  private var values: [[Float]] = []
  private var episode: [(observation: Int, action: Int, reward: Float)] = []
  private var finishedEpisodes = 0

  init(episodes: Int) { self.episodes = episodes }

  var name: String { "monte-carlo" }

  mutating func begin(_ interface: TaskInterface, using random: inout Random) {
    self.interface = interface
    let row = [Float](repeating: 0, count: interface.actionCount)
    values = Array(repeating: row, count: interface.observationCount)
    (episode, finishedEpisodes) = ([], 0)
  }

  /// An action by chance with a probability that falls from 1 to 0 over the first half of the episodes, otherwise one
  /// of the best.
  mutating func act(on observation: Observation, using random: inout Random) -> Int {
    let row = values[number(of: observation)]
    if random.chance(1 - 2 * Float(finishedEpisodes) / Float(episodes)) {
      return random.below(row.count)
    }
    let best = row.max() ?? 0
    let candidates = row.indices.filter { row[$0] == best }
    return candidates[random.below(candidates.count)]
  }

  mutating func learn(from experience: Experience) {
    episode.append(
      (number(of: experience.observation), experience.action, experience.transition.reward))
    guard experience.endsEpisode else { return }
    var earned: Float = 0
    for step in episode.reversed() {
      earned += step.reward
      values[step.observation][step.action] +=
        learningRate * (earned - values[step.observation][step.action])
    }
    episode.removeAll()
    finishedEpisodes += 1
  }

  private func number(of observation: Observation) -> Int {
    interface?.index(of: observation) ?? 0
  }
}
