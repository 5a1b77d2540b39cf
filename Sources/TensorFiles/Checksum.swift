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
  public static func sha256(of bytes: [UInt8]) -> String {
    unsafe bytes.withUnsafeBytes { unsafe sha256(of: $0) }
  }

  private static func sha256(of bytes: UnsafeRawBufferPointer) -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    _ = unsafe SHA256(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &digest)
    let digits = Array("0123456789abcdef".utf8)
    let text = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
