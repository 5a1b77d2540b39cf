// Shares of a plan: whose a part is, and which share an array of Slurm gives.

import Experiments
import Testing
import Training

@Suite struct `Shares of a plan` {
  private func parts(_ seeds: [Int] = [0, 1, 2]) throws -> [any Part] {
    var configuration = ExperimentConfiguration()
    configuration.train.seeds = seeds
    return try Plan(Experiment(configuration), methods: Registry.methods).parts
  }

  @Test(arguments: [1, 2, 3, 7, 500])
  func `have every part once between them, each kind dealt evenly`(count: Int) throws {
    let all = try parts()
    let shares = try (1...count).map { number in
      try #require(Share(number, of: count)).own(of: all)
    }
    #expect(shares.flatMap { $0 }.map(\.key).sorted() == all.map(\.key).sorted())
    for kind in PartKind.allCases {
      let counts = shares.map { $0.count { $0.kind == kind } }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(kind)")
    }
  }

  @Test func `are disjoint, and together everything`() throws {
    let things = Array(0..<11)
    let shares = try (1...3).map { try Share("\($0)/3").of(things) }
    #expect(shares.map(\.count) == [4, 4, 3])
    #expect(shares.flatMap { $0 }.sorted() == things)
    #expect(Share.whole.of(things) == things)
  }

  @Test(arguments: ["", "1", "0/3", "4/3", "1/0", "1/3/5", "a/b", "-1/3", "1/100001", "3/2", "1/"])
  func `are refused where there are none`(text: String) {
    #expect(throws: ShareError.notAShare(text)) { try Share(text, environment: [:]) }
  }

  @Test func `follow from the place in an array, wherever it begins`() throws {
    func share(_ id: Int, _ first: Int, _ last: Int, _ count: Int) throws -> Share {
      try Share(
        "array",
        environment: [
          "SLURM_ARRAY_TASK_ID": "\(id)", "SLURM_ARRAY_TASK_MIN": "\(first)",
          "SLURM_ARRAY_TASK_MAX": "\(last)", "SLURM_ARRAY_TASK_COUNT": "\(count)",
        ])
    }
    #expect(try share(0, 0, 3, 4).description == "1/4")
    #expect(try share(7, 5, 9, 5).description == "3/5")
    #expect(throws: ShareError.arrayWithGaps(first: 1, last: 9, count: 5)) { try share(3, 1, 9, 5) }
    #expect(throws: ShareError.notInAnArray(variable: "SLURM_ARRAY_TASK_ID")) {
      try Share("array", environment: [:])
    }
  }
}
