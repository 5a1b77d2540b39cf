// What the operating system says of a call that failed.

public import Foundation

/// A call of the operating system that failed.
public struct SystemFailure: Error, CustomStringConvertible {
  /// What is wrong, such as `/dev/shm/x: Permission denied`.
  public let reason: String

  public init(reason: String) { self.reason = reason }

  /// - Parameters:
  ///   - what: What the call was about, such as a path.
  ///   - code: A value of `errno`: what the last call that failed in this thread left behind.
  public init(_ what: String? = nil, code: Int32 = errno) {
    let message = unsafe String(cString: strerror(code))
    reason = what.map { "\($0): \(message)" } ?? message
  }

  public var description: String { reason }
}
