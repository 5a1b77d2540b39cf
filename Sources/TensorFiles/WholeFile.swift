// Reading of files of a known, small size into memory, and the one way a file is opened to be read. Refuses a folder, a
// device and a pipe in a file's place at once: reading one might never end.

public import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Reading of whole files.
public enum WholeFile {
  /// More than any table, configuration or manifest has.
  public static let greatestSize = 4 << 30

  /// The bytes of a file.
  /// - Parameter most: How many are read at most; of a longer file nothing is.
  public static func bytes(
    of url: URL, most: Int = greatestSize
  ) throws(TensorFileError) -> [UInt8] {
    let file = try OpenFile(url)
    guard file.size <= most else {
      throw .unreadable(
        path: url.relativePath,
        reason: "it has \(grouped(file.size)) bytes, expected at most \(grouped(most))")
    }
    var bytes = [UInt8](repeating: 0, count: file.size)
    var filled = 0
    while filled < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe read(
          file.descriptor, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw .unreadable(path: url.relativePath, reason: systemMessage(errno))
      }
      guard count > 0 else {
        throw .unreadable(
          path: url.relativePath, reason: "it became shorter while it was being read")
      }
      filled += count
    }
    return bytes
  }

  /// The text of a file.
  /// - Parameter most: How many bytes are read at most; of a longer file nothing is.
  public static func text(
    of url: URL, most: Int = greatestSize
  ) throws(TensorFileError) -> String {
    guard let text = String(validating: try bytes(of: url, most: most), as: UTF8.self) else {
      throw .unreadable(path: url.relativePath, reason: "it is no text in UTF-8")
    }
    return text
  }
}

/// A regular file, open to be read.
struct OpenFile: ~Copyable {
  let descriptor: CInt
  /// Its bytes when it was opened.
  let size: Int

  init(_ url: URL) throws(TensorFileError) {
    let name = url.relativePath
    // A pipe that nobody writes to would let no one in without O_NONBLOCK; a file does not care.
    let descriptor = unsafe open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT
        ? .missing(path: name) : .unreadable(path: name, reason: systemMessage(errno))
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      _ = close(descriptor)
      throw .unreadable(path: name, reason: systemMessage(code))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      _ = close(descriptor)
      throw .unreadable(path: name, reason: "it is \(Self.kind(status.st_mode)), no file")
    }
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { _ = close(descriptor) }

  private static func kind(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }
}
