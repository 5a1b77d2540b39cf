// Bytes to and from the other side of a conversation: pipes and sockets of the operating system. Foundation's file
// handles wait until a buffer is full, and trap where the other side is gone.

internal import Foundation

/// A line that was read.
enum ReadLine {
  case whole(Data)
  /// More bytes than are taken; they are gone, up to the line's end.
  case tooLong
}

/// One conversation: two open files, which may be the same socket.
final class Channel: @unchecked Sendable {
  private let input: Int32
  private let output: Int32
  private let closesFiles: Bool
  private var unread: [UInt8] = []
  private var isAtEnd = false

  /// Over open files, which stay open.
  init(reading input: FileHandle, writing output: FileHandle) {
    (self.input, self.output) = (input.fileDescriptor, output.fileDescriptor)
    closesFiles = false
  }

  /// Over a connected socket, which is closed at the end.
  fileprivate init(socket: Int32) {
    (input, output) = (socket, socket)
    closesFiles = true
  }

  deinit {
    if closesFiles { close(input) }
  }

  /// The next line, without its end; nil after the last. The last one needs no end.
  func readLine(most: Int) throws -> ReadLine? {
    var isTooLong = false
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = unread[..<end]
        unread.removeSubrange(...end)
        return isTooLong || line.count > most ? .tooLong : .whole(Data(line))
      }
      if unread.count > most {
        isTooLong = true
        unread.removeAll()
      }
      guard !isAtEnd else {
        let rest = Data(unread)
        unread = []
        return isTooLong ? .tooLong : rest.isEmpty ? nil : .whole(rest)
      }
      try fill()
    }
  }

  private func fill() throws {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe read(input, $0.baseAddress, $0.count)
    }
    if count < 0 {
      let code = POSIXErrorCode(rawValue: errno) ?? .EIO
      if code == .EINTR { return }
      throw POSIXError(code)
    }
    if count == 0 { isAtEnd = true }
    unread += buffer[..<count]
  }

  /// Writes a line and its end.
  func write(_ line: Data) throws {
    let bytes = [UInt8](line) + [UInt8(ascii: "\n")]
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
        // A socket whose other side is gone must not end the program.
        return closesFiles
          ? unsafe send(output, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
          : unsafe Glibc.write(output, rest.baseAddress, rest.count)
      }
      if count < 0 {
        let code = POSIXErrorCode(rawValue: errno) ?? .EIO
        if code == .EINTR { continue }
        throw POSIXError(code)
      }
      done += count
    }
  }
}

/// A socket of the file system that others connect to.
final class Listener {
  private let descriptor: Int32

  /// Makes the socket. One that a program left behind, and nobody listens to, is replaced.
  /// - Throws: `ServeError.socket` if the path is too long, in use or no place for one.
  init(path: String) throws(ServeError) {
    func failure(_ reason: String) -> ServeError { .socket(path: path, reason: reason) }
    func reason() -> String { systemMessage(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    guard var address = Self.address(path) else {
      throw failure("its path has more than \(Self.greatestPath) bytes")
    }
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw failure(reason()) }
    if unsafe Self.call(connect, descriptor, &address) == 0 {
      close(descriptor)
      throw failure("another program serves there")
    }
    // Refused by a socket that nobody listens to: it was left behind.
    if errno == ECONNREFUSED { unsafe unlink(path) }
    guard unsafe Self.call(bind, descriptor, &address) == 0, listen(descriptor, 16) == 0 else {
      let reason = reason()
      close(descriptor)
      throw failure(reason)
    }
  }

  deinit { close(descriptor) }

  /// Waits for the next to connect.
  func accept() throws -> Channel {
    while true {
      let connected = Glibc.accept(descriptor, nil, nil)
      if connected >= 0 { return Channel(socket: connected) }
      let code = POSIXErrorCode(rawValue: errno) ?? .EIO
      if code != .EINTR && code != .ECONNABORTED { throw POSIXError(code) }
    }
  }

  private static let greatestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

  private static func address(_ path: String) -> sockaddr_un? {
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty && bytes.count <= greatestPath else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    return address
  }

  private static func call(
    _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ descriptor: Int32,
    _ address: inout sockaddr_un
  ) -> Int32 {
    unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
