import Tasks
import TestSupport
import Testing

@Suite struct `Bandits` {
  let family = BanditFamily()

  @Test func `pay better on odd arms, on even ones or on any, as their test set says`() {
    for (set, rule) in zip(family.testSets, [true, false, nil] as [Bool?]) {
      for task in set.tasks {
        let means = family.task(task).means
        let odd = means.indices.filter { $0 % 2 == 0 }.map { means[$0] }
        let even = means.indices.filter { $0 % 2 == 1 }.map { means[$0] }
        switch rule {
        case true: #expect(odd.allSatisfy { $0 >= 0.5 } && even.allSatisfy { $0 < 0.5 })
        case false: #expect(odd.allSatisfy { $0 < 0.5 } && even.allSatisfy { $0 >= 0.5 })
        case nil: break
        }
      }
    }
  }

  @Test func `of the uniform set have good arms of both kinds`() {
    let arms = family.testSets[2].tasks.map { family.task($0).means[0] }
    #expect(arms.contains { $0 < 0.5 } && arms.contains { $0 > 0.5 })
    let best = family.testSets[2].tasks.map { task in
      let means = family.task(task).means
      return means.firstIndex(of: means.max() ?? 0) ?? 0
    }
    #expect(Set(best).count == 10)
  }

  @Test func `to learn from have good odd arms in 95 of 100`() {
    let odd = (0..<family.settings.bandits).count { family.task(TaskID($0)).means[0] >= 0.5 }
    // Three standard deviations of 1,000 draws.
    #expect(abs(Double(odd) / 1000 - 0.95) < 0.021)
  }

  @Test func `are worth their best arm to the best and their mean arm to chance`() throws {
    let means = family.task(TaskID(7)).means.map(Double.init)
    let best = try #require(family.optimalReturn(of: TaskID(7)))
    #expect(abs(best - (means.max() ?? 0)) < Tolerance.exactArithmetic)
    let mean = means.reduce(0, +) / 10
    #expect(abs(family.randomReturn(of: TaskID(7)) - mean) < Tolerance.exactArithmetic)
  }
}
