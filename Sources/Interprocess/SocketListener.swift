// A socket of the file system that other programs connect to.

internal import Foundation

/// Waits for others to connect.
public final class SocketListener {
  private let descriptor: Int32

  /// Makes the socket. One that a program left behind, and nobody listens to, is replaced.
  /// - Throws: If the path is too long, in use or no place for one.
  public init(path: String) throws(SystemFailure) {
    guard var address = Self.address(path) else {
      throw SystemFailure(reason: "its path has more than \(Self.greatestPath) bytes")
    }
    descriptor = socket(AF_UNIX, ByteChannel.streamSocket, 0)
    guard descriptor >= 0 else { throw SystemFailure() }
    if unsafe Self.call(connect, descriptor, &address) == 0 {
      close(descriptor)
      throw SystemFailure(reason: "another program serves there")
    }
    // Refused by a socket that nobody listens to: it was left behind.
    if errno == ECONNREFUSED { unsafe unlink(path) }
    guard unsafe Self.call(bind, descriptor, &address) == 0, listen(descriptor, 16) == 0 else {
      let failure = SystemFailure()
      close(descriptor)
      throw failure
    }
  }

  deinit { close(descriptor) }

  /// Waits for the next to connect.
  public func accept() throws(SystemFailure) -> ByteChannel {
    while true {
      let connected = Foundation.accept(descriptor, nil, nil)
      if connected >= 0 { return ByteChannel(socket: connected) }
      if errno != EINTR && errno != ECONNABORTED { throw SystemFailure() }
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
