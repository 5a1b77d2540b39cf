import Randomness
import Tasks
import Testing

@Suite struct `A cart-pole` {
  private let family = CartPoleFamily()

  @Test func `moves as the published equations say`() {
    // The state after a push of 10 N with half a pole of 0.5 m, as Gymnasium's CartPole-v1 computes it.
    let pole = CartPole(halfLength: 0.5, forces: [-10, 10], episodeLength: 10)
    var state = CartPole.State(
      position: 0.0273956, velocity: -0.00611216, angle: 0.03585979, angularVelocity: 0.0197368)
    var random = Random(seed: 0)
    _ = pole.step(&state, 1, using: &random)
    let expected = [0.0272733568, 0.1884776622437303, 0.036254526, -0.26141976373597736]
    let found = [state.position, state.velocity, state.angle, state.angularVelocity]
    for (number, other) in zip(found, expected) { #expect(abs(number - other) < 1e-9) }
  }

  @Test func `can be kept upright for all steps of an episode, as its optimum says`() {
    for index in stride(from: 0, to: family.taskCount, by: 7) {
      let pole = family.task(TaskID(index))
      var random = Random(seed: UInt64(index))
      var state = pole.reset(using: &random)
      for _ in 0..<pole.interface.episodeLength {
        let wanted =
          60 * state.angle + 12 * state.angularVelocity + 2 * state.position + 4 * state.velocity
        let action = pole.forces.indices.min {
          abs(pole.forces[$0] - wanted) < abs(pole.forces[$1] - wanted)
        }
        let transition = pole.step(&state, action ?? 0, using: &random)
        #expect(!transition.isTerminated && transition.reward == 1)
      }
      #expect(family.optimalReturn(of: TaskID(index)) == Double(pole.interface.episodeLength))
    }
  }

  /// So hiding rewards hides little: an agent that is never told one learns from a single episode what each action does.
  @Test func `shows what its actions do without its rewards`() {
    for index in stride(from: 0, to: family.taskCount, by: 7) {
      let pole = family.task(TaskID(index))
      var random = Random(seed: UInt64(index))
      var life = Life(in: pole, using: &random)
      // By how much an action changed the cart's observed speed.
      var effects = [Float?](repeating: nil, count: pole.interface.actionCount)
      var returns: [Double] = []
      while returns.count < 4 {
        let seen = life.observation.floats
        let wanted = 12 * seen[2] + 24 * seen[3] + 5 * seen[0] + 6 * seen[1]
        let known = effects.indices.filter { effects[$0] != nil }
        let action =
          effects.firstIndex(of: nil)
          ?? known.min {
            abs(60 * (effects[$0] ?? 0) - wanted) < abs(60 * (effects[$1] ?? 0) - wanted)
          }
          ?? 0
        let step = life.step(action, using: &random)
        effects[action] = effects[action] ?? (life.observation.floats[1] - seen[1])
        if step.endsEpisode {
          returns.append(life.returnOfEpisode)
          life.beginEpisode(using: &random)
        }
      }
      #expect(returns.suffix(3).allSatisfy { $0 > 90 }, "cart \(index): \(returns)")
    }
  }

  @Test func `falls if it is pushed to one side, and the episode ends`() {
    let pole = family.task(TaskID(0))
    var random = Random(seed: 1)
    var state = pole.reset(using: &random)
    var steps = 0
    while !pole.step(&state, 0, using: &random).isTerminated { steps += 1 }
    #expect(steps < 30)
  }

  @Test func `shows four numbers of order one`() {
    for index in 0..<20 {
      let pole = family.task(TaskID(index))
      var random = Random(seed: 3)
      var state = pole.reset(using: &random)
      for _ in 0..<50 {
        let seen = pole.observation(of: state)
        #expect(pole.interface.sight.fits(seen))
        #expect(seen.floats.allSatisfy { abs($0) < 4 })
        if pole.step(&state, random.below(4), using: &random).isTerminated { break }
      }
    }
  }

  @Test func `differs from task to task in length, force and the order of its actions`() {
    let tasks = family.allTasks.map(family.task)
    #expect(Set(tasks.map(\.halfLength)).count == tasks.count)
    let orders = tasks.map { task in
      task.forces.indices.sorted { task.forces[$0] < task.forces[$1] }
    }
    #expect(Set(orders).count == 24)
    #expect(tasks.allSatisfy { abs($0.forces.reduce(0, +)) < 1e-9 })
  }
}
