// A task's interface in the files of histories: the one encoding that `TaskInterface` has, with its keys in snake
// case, and its words for people.

internal import Foundation
package import Tasks

extension JSONEncoder {
  /// Writes keys in ascending order and snake case; names that are keys of a dictionary stay as they are.
  static func forHistories(_ formatting: JSONEncoder.OutputFormatting = []) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union(.sortedKeys)
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return encoder
  }
}

extension JSONDecoder {
  /// Reads what `JSONEncoder.forHistories` writes.
  static func forHistories() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}

extension TaskInterface {
  /// Reads what `json` is.
  package init(json: String) throws {
    self = try JSONDecoder.forHistories().decode(TaskInterface.self, from: Data(json.utf8))
  }

  /// JSON, as `interface` stands in a manifest.
  package var json: String {
    guard let data = try? JSONEncoder.forHistories().encode(self) else {
      preconditionFailure("an interface of finite numbers cannot be written: \(text)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// For people, such as `of [5, 5] observed values, 5 actions, 6 steps an episode, the rewards [0.0, 1.0]`.
  package var text: String {
    let seen =
      sight.isCarried
      ? "of \(sight.text)"
      : "of \(observationSizes) observed values" + (sight == .cells ? "" : " seen as \(sight.text)")
    let actions =
      actionFactors.count > 1 ? "actions of \(actionFactors) choices" : "\(actionCount) actions"
    let given = rewards.map { "the rewards \($0)" } ?? "any rewards"
    let scale = rewardScale == 1 ? "" : " read times \(rewardScale)"
    return "\(seen), \(actions), \(episodeLength) steps an episode, \(given)\(scale)"
  }
}

extension Sight {
  /// For people.
  package var text: String {
    switch self {
    case .cells: "cells"
    case .vector(let count): "a vector of \(count) bytes"
    case .image(let rows, let columns): "a picture of \(rows) × \(columns) pixels"
    case .floats(let count): "\(count) floats"
    case .tensor(let shape): "a tensor of \(shape) bytes"
    case .categories(let shape, let values): "a tensor of \(shape) of \(values) categories"
    }
  }
}
