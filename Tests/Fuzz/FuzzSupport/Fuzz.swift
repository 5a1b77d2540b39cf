// What all fuzzers share: libFuzzer's loop around a reader of bytes, and a file in memory for readers of files.

internal import CFuzzer
public import Foundation

nonisolated(unsafe) private var read: ([UInt8]) -> Void = { _ in }

/// Hands one input after another to a reader, as the command line says (see libFuzzer's options). The reader may
/// refuse an input, but neither trap, nor hang, nor take memory out of proportion.
public func fuzz(_ reader: @escaping ([UInt8]) -> Void) -> Never {
  unsafe read = reader
  var count = CommandLine.argc
  var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
  exit(
    unsafe LLVMFuzzerRunDriver(&count, &arguments) { bytes, size in
      unsafe read(Array(UnsafeBufferPointer(start: bytes, count: size)))
      return 0
    })
}

/// A file in memory that is written anew for each input.
@safe public struct ScratchFile {
  /// Where it is.
  public let url: URL
  private let descriptor: CInt

  /// An empty file.
  /// - Parameter ending: That of its name.
  public init(_ ending: String) {
    url = URL(fileURLWithPath: "/dev/shm/fuzz-\(getpid()).\(ending)")
    descriptor = unsafe open(url.path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    precondition(descriptor >= 0, "\(url.path) cannot be made: \(errno)")
  }

  /// Makes some bytes its whole content.
  public func hold(_ bytes: [UInt8]) {
    let written = unsafe bytes.withUnsafeBytes { buffer in
      unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, 0)
    }
    precondition(
      written == bytes.count && ftruncate(descriptor, off_t(bytes.count)) == 0,
      "\(bytes.count) bytes do not fit in \(url.path): \(errno)")
  }
}
