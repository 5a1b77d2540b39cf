// Exact returns of small worlds, by backward induction over an episode (Bellman 1957): computed
// from the dynamics alone, so no world states its own optimum.

internal import Randomness

/// An environment whose states can be listed and whose chances can be enumerated.
public protocol FiniteEnvironment: Environment where State: Hashable, Failure == Never {
  /// The states an episode may start in, with their probabilities.
  var initialStates: [(probability: Double, state: State)] { get }

  /// What an action may lead to, with the probabilities.
  func outcomes(
    of action: Int, in state: State
  ) -> [(probability: Double, next: State, transition: Transition)]
}

/// A finite environment in which nothing but its start is left to chance.
public protocol DeterministicEnvironment: FiniteEnvironment {}

extension DeterministicEnvironment {
  /// The one outcome of a step.
  public func outcomes(
    of action: Int, in state: State
  ) -> [(probability: Double, next: State, transition: Transition)] {
    var next = state
    var unused = Random(seed: 0)
    let transition = step(&next, action, using: &unused)
    return [(1, next, transition)]
  }
}

extension FiniteEnvironment {
  /// The greatest expected undiscounted return of an episode.
  public func bestExpectedReturn() -> Double {
    EpisodePlan(of: self).expectedReturn { $0.max() ?? 0 }
  }

  /// The expected undiscounted return of an episode of uniformly random actions.
  public func expectedReturnOfRandomActions() -> Double {
    EpisodePlan(of: self).expectedReturn { $0.reduce(0, +) / Double($0.count) }
  }
}

/// The dynamics of a world as tables, worked out once.
package struct EpisodePlan<World: FiniteEnvironment> {
  /// What one action may lead to: nowhere, if the episode ends there.
  private struct Outcome {
    let probability: Double
    let reward: Double
    let next: Int?
  }

  private let world: World
  /// The number of each state that some actions lead to, in order of discovery.
  private let numbers: [World.State: Int]
  /// States × actions.
  private let outcomes: [[Outcome]]

  /// Lists the states of a world and what its actions lead to.
  package init(of world: World) {
    self.world = world
    var states: [World.State] = []
    var numbers: [World.State: Int] = [:]
    func number(of state: World.State) -> Int {
      if let known = numbers[state] { return known }
      numbers[state] = states.count
      states.append(state)
      return states.count - 1
    }
    for start in world.initialStates { _ = number(of: start.state) }
    var outcomes: [[Outcome]] = []
    var explored = 0
    while explored < states.count {
      for action in 0..<world.interface.actionCount {
        outcomes.append(
          world.outcomes(of: action, in: states[explored]).map { outcome in
            Outcome(
              probability: outcome.probability, reward: Double(outcome.transition.reward),
              next: outcome.transition.isTerminated ? nil : number(of: outcome.next))
          })
      }
      explored += 1
    }
    self.numbers = numbers
    self.outcomes = outcomes
  }

  /// The expected return of an episode in which the value of a state is chosen from those of its actions.
  func expectedReturn(choosing value: ([Double]) -> Double) -> Double {
    var later = [Double](repeating: 0, count: numbers.count)
    induct { values in
      later = values.map(value)
      return later
    }
    return world.initialStates.reduce(0) { sum, start in
      sum + start.probability * (numbers[start.state].map { later[$0] } ?? 0)
    }
  }

  /// The best actions of every state with each number of steps left, from 1 up: of equal ones, all.
  package func bestActions() -> [[[Int]]] {
    var best: [[[Int]]] = []
    induct { values in
      let greatest = values.map { $0.max() ?? 0 }
      best.append(
        zip(values, greatest).map { values, greatest in
          values.indices.filter { values[$0] > greatest - 1e-9 }
        })
      return greatest
    }
    return best
  }

  /// The number of a state.
  /// - Precondition: Actions lead there.
  package func number(of state: World.State) -> Int {
    guard let number = numbers[state] else {
      preconditionFailure("no actions lead to the state \(state)")
    }
    return number
  }

  /// V_0 = 0; Q_n(s, a) = Σ p(s', r | s, a) · (r + [not terminated] · V_{n−1}(s')), with n steps left.
  /// - Parameter values: Receives Q_n for n from 1 up, and returns V_n.
  private func induct(_ values: ([[Double]]) -> [Double]) {
    let actions = world.interface.actionCount
    var later = [Double](repeating: 0, count: numbers.count)
    for _ in 1...world.interface.episodeLength {
      let actionValues = (0..<numbers.count).map { state in
        (0..<actions).map { action in
          outcomes[state * actions + action].reduce(0) { sum, outcome in
            sum + outcome.probability * (outcome.reward + (outcome.next.map { later[$0] } ?? 0))
          }
        }
      }
      later = values(actionValues)
    }
  }
}
