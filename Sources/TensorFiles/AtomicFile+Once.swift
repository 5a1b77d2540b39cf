// Files that several processes may write at the same moment, on any machines that share the folder: each writes under a
// name of its own, and the first to give it the file's name wins. No locks, which not every shared folder has.

public import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension AtomicFile {
  /// Writes a file unless there is one by then, and never replaces one.
  /// - Returns: Whether it was written; if not, another process has written one, which is whole.
  public static func writeOnce(
    _ bytes: [UInt8], to url: URL
  ) throws(TensorFileError) -> Bool {
    let own = url.appendingPathExtension(UUID().uuidString).appendingPathExtension("tmp")
    try write(bytes, to: own)
    // Gone already if it was renamed.
    defer { _ = unsafe unlink(own.path) }
    if unsafe link(own.path, url.path) == 0 { return true }
    if errno == EEXIST { return false }
    // A file system without hard links.
    guard unsafe rename(own.path, url.path) == 0 else {
      throw writingFailure(errno, url.relativePath)
    }
    return true
  }

  /// Removes what processes that were killed in the middle of `writeOnce` have left. Nobody may be at it.
  public static func removeUnfinished(of url: URL) {
    let folder = url.deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(url.lastPathComponent + ".") && name.hasSuffix(".tmp") {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }
}
