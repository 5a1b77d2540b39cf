// Files that are either whole or not there: written under a temporary name, flushed to the disk and
// renamed. In order: what callers use (files, folders), then the open temporary file. Refuses to overwrite unless told.

public import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Writing of whole files of any kind.
public enum AtomicFile {
  /// Writes a file in one go: afterwards it holds all of the bytes, or is as it was.
  /// - Parameter replacing: Whether a file of that name may be overwritten.
  public static func write(
    _ bytes: [UInt8], to url: URL, replacing: Bool = false
  ) throws(TensorFileError) {
    let file = try TemporaryFile(for: url, replacing: replacing)
    try file.append(bytes)
    try file.finish()
  }

  /// Writes a text as UTF-8; see the form for bytes.
  public static func write(
    _ text: String, to url: URL, replacing: Bool = false
  ) throws(TensorFileError) {
    try write(Array(text.utf8), to: url, replacing: replacing)
  }

  /// Makes a folder, with those it lies in, unless it is there already.
  public static func makeFolder(_ url: URL) throws(TensorFileError) {
    var code = makeOneFolder(url)
    if code == ENOENT && url.path != "/" {
      try makeFolder(url.deletingLastPathComponent())
      code = makeOneFolder(url)
    }
    if let code { throw .unwritable(path: url.relativePath, reason: systemMessage(code)) }
  }

  /// The system's error number; `nil` if the folder is there now.
  private static func makeOneFolder(_ url: URL) -> CInt? {
    guard unsafe mkdir(url.path, 0o777) != 0 else { return nil }
    let code = errno
    var status = stat()
    let isFolder = unsafe stat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    return code == EEXIST && !isFolder ? ENOTDIR : isFolder ? nil : code
  }

  /// The name under which a file is written before it is whole.
  public static func temporaryName(for url: URL) -> URL { url.appendingPathExtension("tmp") }
}

/// An open file under its temporary name. Unless finished, it is removed when it goes.
struct TemporaryFile: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let displayPath: String
  private let replacing: Bool
  private let descriptor: CInt
  private var isRenamed = false

  init(for url: URL, replacing: Bool) throws(TensorFileError) {
    let name = url.relativePath
    if unsafe !replacing && access(url.path, F_OK) == 0 { throw .alreadyExists(path: name) }
    let temporaryPath = AtomicFile.temporaryName(for: url).path
    let descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw writingFailure(errno, name) }
    path = url.path
    displayPath = name
    self.temporaryPath = temporaryPath
    self.replacing = replacing
    self.descriptor = descriptor
  }

  deinit {
    _ = close(descriptor)
    if !isRenamed { _ = unsafe unlink(temporaryPath) }
  }

  func append(_ bytes: [UInt8]) throws(TensorFileError) {
    if let code = write(bytes, to: descriptor) { throw writingFailure(code, displayPath) }
  }

  consuming func finish() throws(TensorFileError) {
    guard fsync(descriptor) == 0 else { throw writingFailure(errno, displayPath) }
    if unsafe !replacing && access(path, F_OK) == 0 { throw .alreadyExists(path: displayPath) }
    guard unsafe rename(temporaryPath, path) == 0 else {
      throw writingFailure(errno, displayPath)
    }
    isRenamed = true
  }
}

/// Writes all bytes to an open file.
/// - Returns: The system's error number; nil if all are written.
func write(_ bytes: [UInt8], to descriptor: CInt) -> CInt? {
  unsafe bytes.withUnsafeBytes { buffer in
    guard let base = buffer.baseAddress else { return nil }
    var written = 0
    while written < buffer.count {
      let count = unsafe write(descriptor, base + written, buffer.count - written)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return errno }
      written += count
    }
    return nil
  }
}

/// What an error number says of a file that was to be written.
func writingFailure(_ code: CInt, _ path: String) -> TensorFileError {
  switch code {
  case ENOSPC, EDQUOT: .noSpace(path: path)
  default: .unwritable(path: path, reason: systemMessage(code))
  }
}

/// The system's words for an error number.
func systemMessage(_ code: CInt) -> String {
  guard let text = unsafe strerror(code) else { return "error \(code)" }
  return unsafe String(cString: text)
}
