// serve: a frozen model acts in another program's worlds, over the standard streams or a socket.

internal import Evaluation
internal import Foundation
internal import Interprocess
internal import Models
internal import Randomness
internal import Tasks

/// Lets a model act for whoever speaks to it.
///
/// Conversations share the parameters, which nothing writes to any more.
public struct ServeStage: @unchecked Sendable {
  private let parameters: Parameters
  private let renderer: (any Renderer)?
  private let settings: ActingSettings
  private let seed: Seed

  /// The model of a file, or of a folder that holds `model.safetensors`.
  /// - Parameters:
  ///   - temperature: Divides the logits; above 0.
  ///   - exploration: See `ActingSettings`.
  /// - Throws: `CheckpointError`; for a model that sees what its family draws, `EvaluateModelError` if no `config.yaml` says
  ///   which family that is, or it is another.
  public init(
    model path: String, seed: UInt64 = 0, temperature: Double = 1, exploration: Double = 0
  ) throws {
    let file = modelFile(at: path)
    let opened = try Checkpoint.open(URL(fileURLWithPath: file))
    renderer = try Self.renderer(for: opened.configuration.interface, ofModel: file)
    parameters = try Checkpoint.read(opened)
    self.seed = Seed(seed)
    var settings = ActingSettings()
    (settings.temperature, settings.exploration) = (temperature, exploration)
    self.settings = settings
  }

  /// What draws a model's observations; nil if they are seen as they are.
  private static func renderer(
    for interface: TaskInterface, ofModel file: String
  ) throws -> (any Renderer)? {
    guard interface.sight.byteCount > 0 else { return nil }
    guard let place = settingsFolder(ofModel: file) else {
      throw EvaluateModelError.noSettings(path: file)
    }
    let family = try place.readConfiguration().task.makeFamily()
    guard family.interface == interface else {
      throw EvaluateModelError.otherTasks(path: file, settings: place.configuration)
    }
    return family.renderer
  }

  /// Begins a conversation; each has contexts of its own.
  public func makeSession() -> ServingSession {
    ServingSession(parameters, renderer: renderer, settings: settings, seed: seed)
  }

  /// Speaks over the standard input and output, to the input's end.
  public func perform() throws {
    try converse(over: ByteChannel(reading: .standardInput, writing: .standardOutput))
  }

  /// Speaks to all who connect to a socket, each a conversation of its own, for good.
  /// - Parameter console: Where it is said that the socket is there.
  public func perform(onSocket path: String, telling console: Console) throws {
    let listener: SocketListener
    do throws(SystemFailure) {
      listener = try SocketListener(path: path)
    } catch {
      throw ServeError.socket(path: path, reason: error.reason)
    }
    console.say("serving on \(path)")
    while true {
      let channel = try listener.accept()
      let stage = self
      // What one connection breaks off with concerns nobody else.
      Thread { try? stage.converse(over: channel) }.start()
    }
  }

  private func converse(over channel: ByteChannel) throws {
    let session = makeSession()
    try channel.writeLine(try session.greeting())
    while true {
      let goesOn =
        if let layout = session.frames {
          try exchangeFrame(layout, session, over: channel)
        } else {
          try exchangeLine(session, over: channel)
        }
      if !goesOn { return }
    }
  }

  /// - Returns: Whether the other side may say more.
  private func exchangeLine(_ session: ServingSession, over channel: ByteChannel) throws -> Bool {
    switch try channel.readLine(most: ServingProtocol.greatestLine) {
    case nil: return false
    case .whole(let data) where data.isEmpty: return true
    case .whole(let data): try channel.writeLine(try session.answer(data))
    case .tooLong: try channel.writeLine(try session.answerToLongLine())
    }
    return true
  }

  /// - Returns: Whether the other side may say more.
  /// - Throws: `ServeError.frame` for what is no frame: where the next one begins cannot be known, so the conversation ends.
  private func exchangeFrame(
    _ layout: FrameLayout, _ session: ServingSession, over channel: ByteChannel
  ) throws -> Bool {
    let header = try channel.read(FrameLayout.headerBytes)
    if header.isEmpty { return false }
    do {
      let count = try layout.recordCount(header)
      if count == 0 {
        session.leaveFrames()
        return true
      }
      let records = try channel.read(count * layout.requestBytes)
      try layout.require(records, ofCount: count)
      try channel.write(session.answer(records: records, in: layout))
      return true
    } catch let error as ServingError {
      // Who is gone needs no answer.
      try? channel.write(FrameLayout.refusal(error.description))
      throw ServeError.frame(reason: error.description)
    }
  }
}

/// Why a model is not served, or no longer.
public enum ServeError: CommandError, Equatable {
  /// A socket's path that cannot be one, or is in use.
  case socket(path: String, reason: String)
  /// The other side chose the binary form, and sent what is no frame of it.
  case frame(reason: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .socket(let path, let reason):
      "no socket can be made at \(path): \(reason). Choose another path."
    case .frame(let reason):
      "the other program does not speak the binary form: \(reason). The page ServingAModel.md has its layout."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .frame: .badData
    case .socket: .cannotCreate
    }
  }
}
