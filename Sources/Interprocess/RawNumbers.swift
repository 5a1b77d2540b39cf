// Numbers among bytes, in the byte order of the machine: the programs that exchange them run on one.

/// A number whose bytes may have any values.
public protocol RawNumber: BitwiseCopyable {}

extension UInt16: RawNumber {}
extension UInt32: RawNumber {}
extension Float: RawNumber {}
extension Double: RawNumber {}

extension [UInt8] {
  /// The number whose bytes begin at an offset.
  /// - Precondition: They are all there.
  public func number<Number: RawNumber>(at offset: Int, as type: Number.Type) -> Number {
    unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }

  /// The numbers that begin at an offset.
  /// - Precondition: They are all there.
  public func numbers<Number: RawNumber>(
    at offset: Int, count: Int, as type: Number.Type
  ) -> [Number] {
    precondition(
      offset >= 0 && count >= 0 && offset + count * MemoryLayout<Number>.size <= self.count,
      "\(count) numbers at byte \(offset) of \(self.count)")
    return unsafe withUnsafeBytes { bytes in
      unsafe [Number](unsafeUninitializedCapacity: count) { numbers, initialised in
        let part = unsafe UnsafeRawBufferPointer(
          rebasing: bytes[offset..<offset + count * MemoryLayout<Number>.size])
        unsafe UnsafeMutableRawBufferPointer(numbers).copyMemory(from: part)
        initialised = count
      }
    }
  }

  /// Adds a number's bytes.
  public mutating func append<Number: RawNumber>(number: Number) {
    unsafe Swift.withUnsafeBytes(of: number) { unsafe append(contentsOf: $0) }
  }
}
