// Files that are either whole or not there: written under a temporary name, flushed to the disk and
// renamed. In order: what callers use (files, folders), then the open temporary file. Refuses to overwrite unless told.
//
// A writer holds a lock on the temporary file, so that two never write into one: the second waits for the first. What a
// process that was killed left under the name is begun anew by the next writer.

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
    descriptor = try Self.take(temporaryPath, for: name)
    path = url.path
    displayPath = name
    self.temporaryPath = temporaryPath
    self.replacing = replacing
  }

  /// Opens the temporary file, empty, once nobody else writes into it.
  private static func take(
    _ temporaryPath: String, for name: String
  ) throws(TensorFileError) -> CInt {
    while true {
      let descriptor = unsafe open(
        temporaryPath, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o644)
      guard descriptor >= 0 else { throw writingFailure(errno, name) }
      // A file system without locks lets everyone write.
      while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
      // Whoever held it before has renamed or removed it.
      var (held, named) = (stat(), stat())
      guard unsafe fstat(descriptor, &held) == 0, unsafe stat(temporaryPath, &named) == 0,
        held.st_ino == named.st_ino, held.st_dev == named.st_dev
      else {
        _ = close(descriptor)
        continue
      }
      if held.st_mode & S_IFMT == S_IFREG && ftruncate(descriptor, 0) != 0 {
        let code = errno
        _ = close(descriptor)
        throw writingFailure(code, name)
      }
      return descriptor
    }
  }

  deinit {
    // Removed while it is held: afterwards the name may be another writer's.
    if !isRenamed { _ = unsafe unlink(temporaryPath) }
    _ = close(descriptor)
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
    // The name itself stands in the folder, which reaches the disk at a time of its own. Whether it does is the system's
    // affair: the file is there either way.
    let folder = unsafe open(Self.folder(of: path), O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    _ = close(folder)
  }

  private static func folder(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
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
