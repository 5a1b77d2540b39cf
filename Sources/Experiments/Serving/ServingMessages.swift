// What is said over a line to a served model: requests, answers and the greeting, one JSON value a line. The page
// ServingAModel.md is the protocol; its version is `ServingProtocol.version`. ServingFrames.swift is its binary form.

internal import Foundation
internal import Models
internal import Tasks

enum ServingProtocol {
  static let version = 1
  /// The longest line that is read, in bytes: sixteen tensors of the greatest size, as text.
  static let greatestLine = 1 << 22
  /// The most streams of one connection.
  static let greatestStreamCount = 4096
}

/// What a stream is called: a number or a text, as the other side likes.
enum StreamName: Hashable, Codable, CustomStringConvertible {
  case number(Int)
  case text(String)

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let number = try? value.decode(Int.self) {
      self = .number(number)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .number(let number): try value.encode(number)
    case .text(let text): try value.encode(text)
    }
  }

  var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .text(let text): "'\(text)'"
    }
  }
}

/// A number or a list of numbers.
struct Numbers: Decodable {
  let values: [Double]

  init(from decoder: any Decoder) throws {
    if let list = try? decoder.singleValueContainer().decode([Double].self) {
      values = list
    } else {
      values = [try decoder.singleValueContainer().decode(Double.self)]
    }
  }
}

/// What is asked of a stream.
struct ServingRequest: Decodable {
  /// A step of a prompt.
  struct Step: Decodable {
    let observation: Numbers
    let action: Numbers
    let reward: Double
    let done: Bool?
  }

  let stream: StreamName
  let observation: Numbers?
  let reward: Double?
  let done: Bool?
  let reset: Bool?
  let close: Bool?
  let prompt: [Step]?
  let predictions: Bool?
  /// The version of the binary form that the other side goes on in.
  let binary: Int?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case stream, observation, reward, done, reset, close, prompt, predictions, binary
  }

  private static let keysOfForm = ["binary", "predictions"]

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let known = CodingKeys.allCases.map(\.stringValue)
    let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let other = keys.sorted().first(where: { !known.contains($0) }) {
      throw ServingError(
        "'\(other)' is no key of a request, expected \(known.joined(separator: ", "))")
    }
    if keys.contains("binary"),
      let other = keys.sorted().first(where: { !Self.keysOfForm.contains($0) })
    {
      throw ServingError("'\(other)' stands beside 'binary', where only 'predictions' may")
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    stream = try values.decodeIfPresent(StreamName.self, forKey: .stream) ?? .number(0)
    observation = try values.decodeIfPresent(Numbers.self, forKey: .observation)
    reward = try values.decodeIfPresent(Double.self, forKey: .reward)
    done = try values.decodeIfPresent(Bool.self, forKey: .done)
    reset = try values.decodeIfPresent(Bool.self, forKey: .reset)
    close = try values.decodeIfPresent(Bool.self, forKey: .close)
    prompt = try values.decodeIfPresent([Step].self, forKey: .prompt)
    predictions = try values.decodeIfPresent(Bool.self, forKey: .predictions)
    binary = try values.decodeIfPresent(Int.self, forKey: .binary)
  }
}

/// What a request is answered with.
struct ServingAnswer: Encodable {
  var stream: StreamName?
  /// The action; nil if none was asked for.
  var action: ServedAction?
  var predictions: [Float]?
  /// What is wrong with the request; the stream is as it was.
  var error: String?
}

/// An action as the other side steps it: a number, or the choices of its factors.
enum ServedAction: Encodable {
  case single(Int)
  case factors([Int])

  init(_ action: Int, of interface: TaskInterface) {
    self =
      interface.actionFactors.count == 1 ? .single(action) : .factors(interface.choices(of: action))
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .single(let action): try value.encode(action)
    case .factors(let choices): try value.encode(choices)
    }
  }
}

/// The first line: what the other side has to know.
struct ServingGreeting: Encodable {
  let `protocol` = ServingProtocol.version
  let program: String
  let interface: TaskInterface
  let contextSteps: Int
}

/// The answer to the wish for the binary form: the sizes of what is said in it.
struct ServingForm: Encodable {
  let binary = FrameLayout.version
  let observationBytes: Int
  let requestBytes: Int
  let answerBytes: Int
}

/// What is wrong with a request.
struct ServingError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension ServingError {
  /// What is wrong with a line that is no request.
  init(decoding error: any Error) {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.reduce(into: "") { path, key in
        path += key.intValue.map { "[\($0)]" } ?? (path.isEmpty ? "" : ".") + key.stringValue
      }
    }
    switch error {
    case let error as ServingError: self = error
    case DecodingError.keyNotFound(let key, let context):
      self.init("'\(path(context))' has no '\(key.stringValue)'")
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      let what = path(context)
      self.init(
        what.isEmpty
          ? "expected an object or a list of them"
          : "'\(what)' has another type, expected \(Self.expectation(of: context.codingPath.last))")
    default: self.init("the line is no JSON value")
    }
  }

  /// What the value of a key should be; of a place in a prompt, a step.
  private static func expectation(of key: (any CodingKey)?) -> String {
    if key?.intValue != nil { return "an object with an observation, an action and a reward" }
    switch key?.stringValue {
    case "stream": return "a whole number or a text"
    case "observation", "action": return "a number or a list of numbers"
    case "reward": return "a number"
    case "binary": return "a whole number"
    case "prompt": return "a list of steps"
    default: return "true or false"
    }
  }
}
