// One environment's life: trial after trial, each of several episodes of one task. A trial is to the learner what
// an episode is elsewhere: its return goes on from episode to episode and ends with the trial.

package import Models
package import Randomness
package import Tasks

/// What one step of a trial gave.
package struct TrialStep: Equatable, Sendable {
  package let reward: Float
  /// What learning adds to it.
  package let bonus: Float
  /// Whether an episode ended.
  package let endsEpisode: Bool
  /// Whether the trial ended, with its last episode; another one has begun.
  package let endsTrial: Bool
}

/// An environment in the middle of a trial.
package struct Trial<World: Environment> {
  package let environment: Int
  /// The number of the trial, from 0.
  package private(set) var number: Int
  package private(set) var task: TaskID
  /// What the learner reads next; of the episodes before, it is told the last action and reward alone.
  package private(set) var input: StepInput
  /// The actions of the trial so far: with its number, all that its state follows from.
  package private(set) var actions: [UInt16] = []
  /// The returns of the trial's finished episodes.
  package private(set) var returns: [Double] = []

  private let makeWorld: (TaskID) -> World
  private let tasks: [TaskID]
  private let episodes: Int
  private let seed: Seed
  private var life: Life<World>
  private var random: Random
  private let searchBonus: Float
  private var bestReturn = 0.0
  private var searched: Set<Observation> = []

  /// An environment at the beginning of a trial.
  /// - Parameters:
  ///   - tasks: Of which each trial draws one.
  ///   - episodes: Of a trial.
  ///   - searchBonus: What learning adds to the reward of coming to see something for the first time since the
  ///     trial's best return last rose, in an episode that has come to as much.
  package init<Family: TaskFamily>(
    _ environment: Int, trial: Int = 0, in family: Family, tasks: [TaskID], episodes: Int,
    searchBonus: Double = 0, seed: Seed
  ) throws(World.Failure) where Family.World == World {
    self.environment = environment
    self.tasks = tasks
    self.episodes = episodes
    self.seed = seed
    makeWorld = family.task
    self.searchBonus = Float(searchBonus)
    number = trial
    random = seed.random(for: "trial", environment, trial)
    task = tasks[random.below(tasks.count)]
    life = try Life(in: family.task(task), using: &random)
    input = StepInput(observation: life.observation, previous: nil)
  }

  /// Tells the world of the action that the next step takes.
  package func announce(_ action: Int) { life.announce(action) }

  /// Acts once; at a trial's end the next one begins.
  /// - Parameter ended: Receives the returns of the episodes of a trial that ended.
  package mutating func step(
    _ action: Int, ended: (_ returns: [Double]) -> Void = { _ in }
  ) throws(World.Failure) -> TrialStep {
    let step = try life.step(action, using: &random)
    actions.append(UInt16(action))
    let bonus = bonusOfComing()
    if step.endsEpisode {
      returns.append(life.returnOfEpisode)
      if returns.count == episodes {
        let returns = returns
        try beginNext()
        ended(returns)
        return TrialStep(reward: step.reward, bonus: bonus, endsEpisode: true, endsTrial: true)
      }
      try life.beginEpisode(using: &random)
    }
    input = StepInput(observation: life.observation, previous: (action, step.reward))
    return TrialStep(
      reward: step.reward, bonus: bonus, endsEpisode: step.endsEpisode, endsTrial: false)
  }

  /// For having come to what is seen now.
  private mutating func bonusOfComing() -> Float {
    guard searchBonus > 0 else { return 0 }
    if life.returnOfEpisode > bestReturn {
      bestReturn = life.returnOfEpisode
      searched.removeAll(keepingCapacity: true)
    }
    guard life.returnOfEpisode == bestReturn else { return 0 }
    return searched.insert(life.observation).inserted ? searchBonus : 0
  }

  private mutating func beginNext() throws(World.Failure) {
    number += 1
    bestReturn = 0
    searched.removeAll(keepingCapacity: true)
    random = seed.random(for: "trial", environment, number)
    task = tasks[random.below(tasks.count)]
    life = try Life(in: makeWorld(task), using: &random)
    input = StepInput(observation: life.observation, previous: nil)
    actions.removeAll(keepingCapacity: true)
    returns.removeAll(keepingCapacity: true)
  }
}
