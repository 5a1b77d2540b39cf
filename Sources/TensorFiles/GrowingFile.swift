// Files that others read while they grow. They are the exception: all others are written by `AtomicFile`, whole or not
// at all, and who follows one of those would go on reading the file that was replaced.

public import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Writing of files that grow in their place.
public enum GrowingFile {
  /// Lets a file hold some bytes. If it holds a beginning of them the rest is added to its end, so that a process that was
  /// killed half-way does no harm; if it holds anything else, or is not there, it is written anew.
  public static func bring(_ url: URL, to bytes: [UInt8]) throws(TensorFileError) {
    guard let present = try? WholeFile.bytes(of: url), !present.isEmpty,
      bytes.starts(with: present)
    else { return try AtomicFile.write(bytes, to: url, replacing: true) }
    guard present.count < bytes.count else { return }
    let descriptor = unsafe open(url.path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw writingFailure(errno, url.relativePath) }
    defer { _ = close(descriptor) }
    if let code = write(Array(bytes[present.count...]), to: descriptor) {
      throw writingFailure(code, url.relativePath)
    }
  }
}
