// SHA-256 (FIPS 180-4), as `sha256sum` prints it.

internal import CCrypto
public import Foundation

/// Checksums of files.
public enum Checksum {
  /// The SHA-256 of a file's bytes, in 64 lower-case hexadecimal digits.
  public static func sha256(ofFile url: URL) throws(TensorFileError) -> String {
    let file = try MappedFile(url)
    return unsafe sha256(of: file.bytes)
  }

  /// The SHA-256 of some bytes, in 64 lower-case hexadecimal digits.
  public static func sha256(of bytes: [UInt8]) -> String { sha256(of: [bytes]) }

  /// The SHA-256 of pieces, one behind the other.
  static func sha256(of pieces: [[UInt8]]) -> String {
    let sum = Sum()
    for piece in pieces { unsafe piece.withUnsafeBytes { unsafe sum.add($0) } }
    return sum.digits()
  }

  static func sha256(of bytes: UnsafeRawBufferPointer) -> String {
    let sum = Sum()
    unsafe sum.add(bytes)
    return sum.digits()
  }

  /// A SHA-256 that is fed a piece at a time.
  @safe
  final class Sum {
    private let context: OpaquePointer?

    init() {
      unsafe context = EVP_MD_CTX_new()
      let isBegun = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
      precondition(isBegun == 1, "libcrypto has no SHA-256: it answers \(isBegun)")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    func add(_ bytes: UnsafeRawBufferPointer) {
      guard let base = bytes.baseAddress else { return }
      _ = unsafe EVP_DigestUpdate(context, base, bytes.count)
    }

    /// The 64 digits. Nothing can be added afterwards.
    func digits() -> String {
      var digest = [UInt8](repeating: 0, count: 32)
      _ = unsafe EVP_DigestFinal_ex(context, &digest, nil)
      let digits = Array("0123456789abcdef".utf8)
      let text = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
      return String(decoding: text, as: UTF8.self)
    }
  }
}
