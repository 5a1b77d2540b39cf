import Randomness
import SourceAlgorithms
import Tasks
import Testing

@Suite struct `An oracle whose noise fades` {
  private let task = KeyToDoorFamily().task(TaskID(3000))

  @Test func `begins like chance and ends at the optimum`() throws {
    var settings = NoiseCurriculumSettings()
    settings.episodes = 400
    settings.fadingFraction = 0.5
    let returns = try episodes(settings).map(\.return)
    #expect(returns.prefix(40).reduce(0, +) / 40 < 1)
    #expect(returns.suffix(200).allSatisfy { $0 == 2 })
  }

  @Test func `keeps the noise it is left with`() throws {
    var settings = NoiseCurriculumSettings()
    settings.episodes = 400
    settings.finalNoise = 1
    let returns = try episodes(settings).map(\.return)
    #expect(returns.suffix(200).reduce(0, +) / 200 < 1)
  }

  private func episodes(_ settings: NoiseCurriculumSettings) throws -> [Episode] {
    var random = Seed(1).random(for: "oracle")
    var episodes: [Episode] = []
    try NoiseCurriculum(settings).learn(task, using: &random) { episodes.append($0.episode) }
    return episodes
  }
}
