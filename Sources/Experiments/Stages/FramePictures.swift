// What an agent saw, as pictures.

internal import LearningHistories
internal import Pictures
internal import Tasks

extension TaskFamily {
  /// The pictures that an agent is shown of some observations; nil if it is shown none.
  func pictures(of observations: [Observation]) -> [Picture]? {
    guard case .image(let rows, let columns) = interface.sight, let renderer else { return nil }
    return observations.map { observation in
      var bytes = [UInt8](repeating: 0, count: interface.sight.byteCount)
      var span = bytes.mutableSpan
      renderer.draw(observation, into: &span)
      return Picture(rows: rows, columns: columns, pixels: bytes)
    }
  }
}

extension History {
  /// What was seen before each action of an episode.
  func observations(ofEpisode episode: Int) -> [Observation] {
    steps(ofEpisode: episode).map(observation(at:))
  }
}

extension Picture {
  /// Enlarged by whole pixels to about a height, or left as it is if it is as high.
  func enlarged(toAbout height: Int) -> Picture { enlarged(by: max(1, height / rows)) }
}
