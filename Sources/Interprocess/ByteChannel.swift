// Bytes to and from another program: pipes and sockets of the operating system. Foundation's file handles wait until a
// buffer is full, and trap where the other side is gone.

public import Foundation

/// Why nothing comes any more.
public enum ChannelFailure: Error, CustomStringConvertible {
  /// Nothing came in the time that was given.
  case late
  case system(SystemFailure)

  public var description: String {
    switch self {
    case .late: "the other side has not answered in time"
    case .system(let failure): "what the other side sends cannot be read: \(failure)"
    }
  }
}

/// A line that was read.
public enum ReadLine: Equatable {
  case whole(Data)
  /// More bytes than are taken; they are gone, up to the line's end.
  case tooLong
}

/// Two open files, which may be the same socket.
///
/// One thread reads at a time. Several may write if their turns are kept apart.
public final class ByteChannel: @unchecked Sendable {
  private let input: Int32
  private let output: Int32
  private let isSocket: Bool
  /// What came and was not asked for yet.
  private var unread: [UInt8] = []
  private var isAtEnd = false
  private var chunk = [UInt8](repeating: 0, count: 1 << 16)

  /// Over open files, which stay open.
  public init(reading input: FileHandle, writing output: FileHandle) {
    (self.input, self.output) = (input.fileDescriptor, output.fileDescriptor)
    isSocket = false
  }

  /// Over a connected socket, which is closed at the end.
  init(socket: Int32) {
    (input, output) = (socket, socket)
    isSocket = true
  }

  deinit {
    if isSocket { close(input) }
  }

  /// A channel, and the other end of its socket for a program that is started with it. Who takes the end closes it.
  public static func pair() throws(SystemFailure) -> (channel: ByteChannel, otherEnd: Int32) {
    var pair: [Int32] = [0, 0]
    guard unsafe socketpair(AF_UNIX, streamSocket, 0, &pair) == 0 else {
      throw SystemFailure()
    }
    _ = fcntl(pair[0], F_SETFD, FD_CLOEXEC)
    return (ByteChannel(socket: pair[0]), pair[1])
  }

  // MARK: Reading

  /// The bytes that are there, or the next to come; none at the end.
  public func readSome(within seconds: Double? = nil) throws(ChannelFailure) -> [UInt8] {
    if unread.isEmpty && !isAtEnd { try fill(within: seconds) }
    defer { unread = [] }
    return unread
  }

  /// The next bytes, as many as are asked for; fewer if the other side ends before.
  public func read(_ count: Int) throws(ChannelFailure) -> [UInt8] {
    while unread.count < count && !isAtEnd { try fill(within: nil) }
    if unread.count <= count { return try readSome() }
    defer { unread.removeSubrange(..<count) }
    return Array(unread[..<count])
  }

  /// The next line, without its end; nil after the last. The last one needs no end.
  /// - Parameter most: The most bytes of a line that are taken.
  public func readLine(
    most: Int, within seconds: Double? = nil
  ) throws(ChannelFailure) -> ReadLine? {
    var isTooLong = false
    // Where no end was found, none is looked for again.
    var searched = 0
    while true {
      if let end = unread[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = unread[..<end]
        unread.removeSubrange(...end)
        return isTooLong || line.count > most ? .tooLong : .whole(Data(line))
      }
      if unread.count > most {
        isTooLong = true
        unread = []
      }
      guard !isAtEnd else {
        let rest = Data(try readSome())
        return isTooLong ? .tooLong : rest.isEmpty ? nil : .whole(rest)
      }
      searched = unread.count
      try fill(within: seconds)
    }
  }

  /// Waits for more.
  private func fill(within seconds: Double?) throws(ChannelFailure) {
    if let seconds {
      // To be woken takes longer than most answers do: quick ones come while this thread is awake.
      let start = ContinuousClock.now
      while isSocket && start.duration(to: .now) < .milliseconds(1) {
        if try receive(Int32(MSG_DONTWAIT)) { return }
        sched_yield()
      }
      try wait(for: seconds)
    }
    while try !receive(0) {}
  }

  private func wait(for seconds: Double) throws(ChannelFailure) {
    while true {
      var poll = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      let ready = unsafe Foundation.poll(&poll, 1, Int32(max(1, seconds * 1000)))
      if ready > 0 { return }
      if ready == 0 { throw .late }
      if errno != EINTR { throw .system(SystemFailure()) }
    }
  }

  /// Takes what is there.
  /// - Returns: Whether something was, or the end was reached.
  private func receive(_ flags: Int32) throws(ChannelFailure) -> Bool {
    let count = unsafe chunk.withUnsafeMutableBytes {
      isSocket
        ? unsafe recv(input, $0.baseAddress, $0.count, flags)
        : unsafe Foundation.read(input, $0.baseAddress, $0.count)
    }
    if count < 0 {
      let code = errno
      if code == EINTR || (code == EAGAIN && flags != 0) { return false }
      throw .system(SystemFailure(code: code))
    }
    isAtEnd = count == 0
    unread += chunk[..<count]
    return true
  }

  // MARK: Writing

  /// Writes all of some bytes.
  public func write(_ bytes: [UInt8]) throws(SystemFailure) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
        // A socket whose other side is gone must not end the program.
        return isSocket
          ? unsafe send(output, rest.baseAddress, rest.count, Self.noSignal)
          : unsafe Foundation.write(output, rest.baseAddress, rest.count)
      }
      if count < 0 && errno != EINTR { throw SystemFailure() }
      done += max(0, count)
    }
  }

  /// Writes a line and its end.
  public func writeLine(_ line: Data) throws(SystemFailure) {
    try write([UInt8](line) + [UInt8(ascii: "\n")])
  }

  private static var noSignal: Int32 {
    #if canImport(Glibc)
      Int32(MSG_NOSIGNAL)
    #else
      0
    #endif
  }

  static var streamSocket: Int32 {
    #if canImport(Glibc)
      Int32(SOCK_STREAM.rawValue)
    #else
      SOCK_STREAM
    #endif
  }
}
