// serve: a frozen model acts in another program's worlds, over the standard streams or a socket.

internal import Evaluation
internal import Foundation
internal import Models
internal import Randomness
internal import Tasks

/// Lets a model act for whoever speaks to it.
///
/// Conversations share the parameters, which nothing writes to any more.
public struct ServeStage: @unchecked Sendable {
  private let parameters: Parameters
  private let settings: ActingSettings
  private let seed: Seed

  /// The model of a file, or of a folder that holds `model.safetensors`.
  /// - Parameters:
  ///   - temperature: Divides the logits; above 0.
  ///   - exploration: See `ActingSettings`.
  /// - Throws: `CheckpointError`, or `ServeError` for a model that sees what only a family draws.
  public init(
    model path: String, seed: UInt64 = 0, temperature: Double = 1, exploration: Double = 0
  ) throws {
    let inFolder = "\(path)/model.safetensors"
    let file = FileManager.default.fileExists(atPath: inFolder) ? inFolder : path
    parameters = try Checkpoint.read(URL(fileURLWithPath: file))
    let sight = parameters.configuration.interface.sight
    guard sight.byteCount == 0 else { throw ServeError.sight(path: file, sight: "\(sight)") }
    self.seed = Seed(seed)
    var settings = ActingSettings()
    (settings.temperature, settings.exploration) = (temperature, exploration)
    self.settings = settings
  }

  /// Begins a conversation; each has contexts of its own.
  public func makeSession() -> ServingSession {
    ServingSession(parameters, settings: settings, seed: seed)
  }

  /// Speaks over the standard input and output, to the input's end.
  public func perform() throws {
    try converse(over: Channel(reading: .standardInput, writing: .standardOutput))
  }

  /// Speaks to all who connect to a socket, each a conversation of its own, for good.
  /// - Parameter console: Where it is said that the socket is there.
  public func perform(onSocket path: String, telling console: Console) throws {
    let listener = try Listener(path: path)
    console.say("serving on \(path)")
    while true {
      let channel = try listener.accept()
      let stage = self
      // What one connection breaks off with concerns nobody else.
      Thread { try? stage.converse(over: channel) }.start()
    }
  }

  private func converse(over channel: Channel) throws {
    let session = makeSession()
    try channel.write(try session.greeting())
    while let line = try channel.readLine(most: ServingProtocol.greatestLine) {
      switch line {
      case .whole(let data) where data.isEmpty: continue
      case .whole(let data): try channel.write(try session.answer(data))
      case .tooLong: try channel.write(try session.answerToLongLine())
      }
    }
  }
}

/// Why a model cannot be served.
public enum ServeError: CommandError, Equatable {
  /// It sees what a family draws, which no message holds.
  case sight(path: String, sight: String)
  /// A socket's path that cannot be one, or is in use.
  case socket(path: String, reason: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .sight(let path, let sight):
      "\(path) sees \(sight), drawn by its family, and no message holds that. Serve a model of cells, floats or tensors."
    case .socket(let path, let reason):
      "no socket can be made at \(path): \(reason). Choose another path."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .sight: .badData
    case .socket: .cannotCreate
    }
  }
}
