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
package struct EpisodePlan<World: FiniteEnvironment>: Sendable {
  /// What one action may lead to: nowhere, if the episode ends there.
  private struct Outcome {
    let probability: Double
    let reward: Double
    let next: Int?
  }

  private let world: World
  /// The number of each state that some actions lead to, in order of discovery.
  private let numbers: [World.State: Int]
  /// Of all actions in all states, those of one action side by side.
  private let outcomes: [Outcome]
  /// Where the outcomes of an action in a state begin, states × actions, and where the last ones end.
  private let outcomeStarts: [Int]

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
    var outcomes: [Outcome] = []
    var outcomeStarts = [0]
    var explored = 0
    while explored < states.count {
      for action in 0..<world.interface.actionCount {
        for outcome in world.outcomes(of: action, in: states[explored]) {
          outcomes.append(
            Outcome(
              probability: outcome.probability, reward: Double(outcome.transition.reward),
              next: outcome.transition.isTerminated ? nil : number(of: outcome.next)))
        }
        outcomeStarts.append(outcomes.count)
      }
      explored += 1
    }
    self.numbers = numbers
    self.outcomes = outcomes
    self.outcomeStarts = outcomeStarts
  }

  /// The expected return of an episode in which the value of a state is chosen from those of its actions.
  func expectedReturn(choosing value: ([Double]) -> Double) -> Double {
    let values = induct { value($1) }
    return world.initialStates.reduce(0) { sum, start in
      sum + start.probability * values[number(of: start.state)]
    }
  }

  /// The best actions of every state with each number of steps left, from 1 up: of equal ones, all.
  package func bestActions() -> [[[Int]]] {
    var best: [[[Int]]] = []
    _ = induct { state, values in
      if state == 0 { best.append([]) }
      best[best.count - 1].append(Self.greatest(of: values))
      return values.max() ?? 0
    }
    return best
  }

  /// The greatest discounted values of every state, of a life without end.
  /// - Parameter discount: γ, per step: it makes haste, since of ways to the same rewards the shortest is best.
  package func discounted(by discount: Double) -> Discounted {
    precondition((0..<1).contains(discount), "values without end at a discount of \(discount)")
    var values = [Double](repeating: 0, count: numbers.count)
    var ofActions = [Double](repeating: 0, count: world.interface.actionCount)
    var change = 1.0
    while change > Discounted.error {
      change = 0
      for state in values.indices {
        fill(&ofActions, state, values, discount)
        let greatest = ofActions.max() ?? 0
        change = max(change, abs(greatest - values[state]))
        values[state] = greatest
      }
    }
    return Discounted(world: world, discount: discount, values: numbers.mapValues { values[$0] })
  }

  /// The number of a state.
  /// - Precondition: Actions lead there.
  package func number(of state: World.State) -> Int {
    guard let number = numbers[state] else {
      preconditionFailure("no actions lead to the state \(state)")
    }
    return number
  }

  /// V_0 = 0; Q_n(s, a) = Σ p(s', r | s, a) · (r + γ · [not terminated] · V_{n−1}(s')), with n steps left.
  /// - Parameter value: Receives each state's number and its Q_n by action, for n from 1 up, and returns V_n.
  /// - Returns: V of every state at the start of an episode.
  private func induct(
    discount: Double = 1, _ value: (_ state: Int, _ values: [Double]) -> Double
  ) -> [Double] {
    var later = [Double](repeating: 0, count: numbers.count)
    var values = [Double](repeating: 0, count: world.interface.actionCount)
    for _ in 1...world.interface.episodeLength {
      var next = later
      for state in next.indices {
        fill(&values, state, later, discount)
        next[state] = value(state, values)
      }
      later = next
    }
    return later
  }

  /// Q of each action in a state, if V of what follows is `later`.
  private func fill(
    _ values: inout [Double], _ state: Int, _ later: [Double], _ discount: Double
  ) {
    for action in values.indices {
      let first = state * values.count + action
      var sum = 0.0
      for outcome in outcomes[outcomeStarts[first]..<outcomeStarts[first + 1]] {
        let after = outcome.next.map { discount * later[$0] } ?? 0
        sum += outcome.probability * (outcome.reward + after)
      }
      values[action] = sum
    }
  }

  /// The actions of the greatest value: of equal ones, all.
  private static func greatest(of values: [Double], within error: Double = 1e-9) -> [Int] {
    let greatest = values.max() ?? 0
    return values.indices.filter { values[$0] > greatest - error }
  }

  /// The greatest discounted values of a world's states: V(s) = max over a of Σ p(s', r | s, a) · (r + γ · [not
  /// terminated] · V(s')).
  package struct Discounted: Sendable {
    /// How far a value may be off, and by how much an action may be worse than the best.
    fileprivate static var error: Double { 1e-6 }

    private let world: World
    private let discount: Double
    private let values: [World.State: Double]

    fileprivate init(world: World, discount: Double, values: [World.State: Double]) {
      self.world = world
      self.discount = discount
      self.values = values
    }

    /// V of a state.
    /// - Precondition: Actions lead there.
    package func value(of state: World.State) -> Double {
      guard let value = values[state] else {
        preconditionFailure("no actions lead to the state \(state)")
      }
      return value
    }

    /// The best actions in a state: of equal ones, all.
    package func bestActions(in state: World.State) -> [Int] {
      let ofActions = (0..<world.interface.actionCount).map { action in
        world.outcomes(of: action, in: state).reduce(0) { sum, outcome in
          let after = outcome.transition.isTerminated ? 0 : discount * value(of: outcome.next)
          return sum + outcome.probability * (Double(outcome.transition.reward) + after)
        }
      }
      return EpisodePlan.greatest(of: ofActions, within: 100 * Self.error)
    }
  }
}
