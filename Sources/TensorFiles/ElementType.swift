// What a tensor's elements are: all types of the safetensors format, and the Swift types that are read and written.
// Tensors of the others can be named and measured; their elements are refused, since nothing here makes any.

/// The type of a tensor's elements, by its name in the file.
public enum ElementType: String, CaseIterable, Sendable, Codable {
  /// One byte, 0 or 1.
  case bool = "BOOL"
  /// Half a byte, a float with two bits of exponent and one of fraction.
  case float4 = "F4"
  /// Six bits, of which two are exponent and three fraction.
  case float6E2M3 = "F6_E2M3"
  /// Six bits, of which three are exponent and two fraction.
  case float6E3M2 = "F6_E3M2"
  /// One byte, 0 to 255.
  case uint8 = "U8"
  /// One byte, −128 to 127.
  case int8 = "I8"
  /// One byte, of which five bits are exponent and two fraction.
  case float8E5M2 = "F8_E5M2"
  /// One byte, of which four bits are exponent and three fraction.
  case float8E4M3 = "F8_E4M3"
  /// One byte, all of it exponent.
  case float8E8M0 = "F8_E8M0"
  /// As `float8E4M3`, without infinities and without a negative zero.
  case float8E4M3FNUZ = "F8_E4M3FNUZ"
  /// As `float8E5M2`, without infinities and without a negative zero.
  case float8E5M2FNUZ = "F8_E5M2FNUZ"
  /// Two bytes, signed.
  case int16 = "I16"
  /// Two bytes, unsigned.
  case uint16 = "U16"
  /// Two bytes, IEEE 754.
  case float16 = "F16"
  /// Two bytes: the upper half of an F32.
  case bfloat16 = "BF16"
  /// Four bytes, signed.
  case int32 = "I32"
  /// Four bytes, unsigned.
  case uint32 = "U32"
  /// Four bytes, IEEE 754.
  case float32 = "F32"
  /// Two F32, the real part first.
  case complex64 = "C64"
  /// Eight bytes, IEEE 754.
  case float64 = "F64"
  /// Eight bytes, signed.
  case int64 = "I64"
  /// Eight bytes, unsigned.
  case uint64 = "U64"

  /// The bits of one element.
  public var bitCount: Int {
    switch self {
    case .float4: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ,
      .float8E5M2FNUZ:
      8
    case .uint16, .int16, .float16, .bfloat16: 16
    case .uint32, .int32, .float32: 32
    case .uint64, .int64, .float64, .complex64: 64
    }
  }

  /// The bytes of one element.
  /// - Precondition: It has whole bytes, as those of all types have that are read or written.
  public var byteCount: Int {
    precondition(bitCount % 8 == 0, "an element of \(rawValue) has \(bitCount) bits")
    return bitCount / 8
  }
}

/// A Swift type that tensors can hold.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The bits in the file, for which every pattern is a value.
  associatedtype Stored: BitwiseCopyable = Self

  /// The type's name in the file.
  static var elementType: ElementType { get }

  /// The element with these bits.
  static func element(storedAs stored: Stored) -> Self
}

extension TensorElement where Stored == Self {
  /// The bits themselves.
  @inlinable
  public static func element(storedAs stored: Self) -> Self { stored }
}

extension Bool: TensorElement {
  public static var elementType: ElementType { .bool }

  /// True for every byte but 0.
  @inlinable
  public static func element(storedAs stored: UInt8) -> Bool { stored != 0 }
}

extension UInt8: TensorElement {
  public static var elementType: ElementType { .uint8 }
}

extension Int8: TensorElement {
  public static var elementType: ElementType { .int8 }
}

extension UInt16: TensorElement {
  public static var elementType: ElementType { .uint16 }
}

extension Int16: TensorElement {
  public static var elementType: ElementType { .int16 }
}

extension UInt32: TensorElement {
  public static var elementType: ElementType { .uint32 }
}

extension Int32: TensorElement {
  public static var elementType: ElementType { .int32 }
}

extension Int64: TensorElement {
  public static var elementType: ElementType { .int64 }
}

extension Float: TensorElement {
  public static var elementType: ElementType { .float32 }
}

extension Double: TensorElement {
  public static var elementType: ElementType { .float64 }
}
