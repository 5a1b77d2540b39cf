import Foundation
import TensorFiles
import TestSupport
import Testing

@Suite(
  .enabled(
    if: Python.canImport("numpy", "safetensors"),
    "python3 cannot import numpy and safetensors; name one that can in PYTHON"))
struct `Tensor files and Python` {
  @Test func `what Swift writes, Python's package reads`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("swift.safetensors")
      try TensorFile.write(
        [
          NewTensor("bytes", [UInt8(1), 2, 3]), NewTensor("flags", [true, false]),
          NewTensor("matrix", shape: [2, 2], [Float(0.5), -1, 2, 3]),
          NewTensor("wide", [Int64.min]), NewTensor("empty", shape: [3, 0], [UInt16]()),
        ], metadata: ["name": "value"], to: url)
      let script = """
        import sys
        from safetensors import safe_open
        with safe_open(sys.argv[1], "np") as file:
          print({k: v for k, v in file.metadata().items() if k not in ("sha256", "checksum")})
          for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            print(name, tensor.dtype, tensor.shape, tensor.tolist())
        """
      let result = try Python.run(script, url.path)
      #expect(
        result.output == """
          {'name': 'value'}
          bytes uint8 (3,) [1, 2, 3]
          empty uint16 (3, 0) [[], [], []]
          flags bool (2,) [True, False]
          matrix float32 (2, 2) [[0.5, -1.0], [2.0, 3.0]]
          wide int64 (1,) [-9223372036854775808]

          """)
    }
  }

  @Test func `Python's package reads odd names, and files of no or empty tensors`() throws {
    try withTemporaryFolder { folder in
      let odd = "a\"\\\n\u{1}é\u{1F600}/"
      let files: [(name: String, tensors: [NewTensor], metadata: [String: String])] = [
        ("names", [NewTensor(odd, shape: [], [Double(-0.5)])], [odd: odd]),
        ("nothing", [], [:]),
        ("empty", [NewTensor("b", shape: [0], [Float]()), NewTensor("a", [UInt8]())], [:]),
      ]
      let script = """
        import sys
        from safetensors import safe_open
        for path in sys.argv[1:]:
          with safe_open(path, "np") as file:
            print(ascii(sorted((k, v) for k, v in file.metadata().items() if k not in ("sha256", "checksum"))))
            for name in sorted(file.keys()):
              tensor = file.get_tensor(name)
              print(ascii(name), tensor.dtype, tensor.shape, tensor.tolist())
        """
      var paths: [String] = []
      for file in files {
        let url = folder.appendingPathComponent("\(file.name).safetensors")
        try TensorFile.write(file.tensors, metadata: file.metadata, to: url)
        paths.append(url.path)
        let read = try TensorFile(reading: url)
        #expect(read.tensors.map(\.name).sorted() == file.tensors.map(\.name).sorted())
        #expect(file.metadata.allSatisfy { read.metadata[$0.key] == $0.value })
      }
      let result = try Python.run(script, paths[0], paths[1], paths[2])
      #expect(
        result.output == #"""
          [('a"\\\n\x01\xe9\U0001f600/', 'a"\\\n\x01\xe9\U0001f600/')]
          'a"\\\n\x01\xe9\U0001f600/' float64 () -0.5
          []
          []
          'a' uint8 (0,) []
          'b' float32 (0,) []

          """#)
    }
  }

  @Test func `tensors of every type that Python's package writes are described`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("python.safetensors")
      let script = """
        import ctypes, sys
        from safetensors import TensorSpec, serialize_file
        bits = {"bool": 8, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32, "int64": 64,
          "uint64": 64, "float16": 16, "float32": 32, "float64": 64, "bfloat16": 16, "float8_e4m3fn": 8,
          "float8_e4m3fnuz": 8, "float8_e5m2": 8, "float8_e5m2fnuz": 8, "float8_e8m0fnu": 8, "complex64": 64}
        data = (ctypes.c_char * 64)()
        def spec(type, shape, bytes):
          return TensorSpec(dtype=type, shape=shape, data_ptr=ctypes.addressof(data), data_len=bytes)
        tensors = {type: spec(type, [2, 3], 6 * size // 8) for type, size in bits.items()}
        tensors["float4"] = spec("float4_e2m1fn_x2", [2, 3], 6)
        tensors["number"] = spec("float32", [], 4)
        tensors["none"] = spec("float64", [3, 0], 0)
        serialize_file(tensors, sys.argv[1], None)
        """
      let result = try Python.run(script, url.path)
      try #require(result.status == 0, "\(result)")
      let file = try TensorFile(reading: url)
      #expect(file.metadata.isEmpty)
      let described = file.tensors.map { "\($0.name) \($0.type.rawValue) \($0.shape)" }.sorted()
      #expect(
        described == [
          "bfloat16 BF16 [2, 3]", "bool BOOL [2, 3]", "complex64 C64 [2, 3]", "float16 F16 [2, 3]",
          "float32 F32 [2, 3]", "float4 F4 [2, 6]", "float64 F64 [2, 3]",
          "float8_e4m3fn F8_E4M3 [2, 3]", "float8_e4m3fnuz F8_E4M3FNUZ [2, 3]",
          "float8_e5m2 F8_E5M2 [2, 3]", "float8_e5m2fnuz F8_E5M2FNUZ [2, 3]",
          "float8_e8m0fnu F8_E8M0 [2, 3]", "int16 I16 [2, 3]", "int32 I32 [2, 3]",
          "int64 I64 [2, 3]", "int8 I8 [2, 3]", "none F64 [3, 0]", "number F32 []",
          "uint16 U16 [2, 3]", "uint32 U32 [2, 3]", "uint64 U64 [2, 3]", "uint8 U8 [2, 3]",
        ])
      let arrays = try ArrayFile(reading: url)
      #expect(try arrays.array("float16")?.read(rows: 2) == [0, 0, 0, 0, 0, 0])
      let error = #expect(throws: TensorFileError.self) { try arrays.array("bfloat16") }
      #expect(
        error?.description
          == "\(url.path) is not a whole file of arrays: 'bfloat16' has the type BF16, which is not read; save it as F32."
      )
    }
  }

  @Test func `what Python's package writes, Swift reads`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("python.safetensors")
      let script = """
        import sys, numpy
        from safetensors.numpy import save_file
        save_file({"bytes": numpy.array([1, 2, 3], "uint8"), "flags": numpy.array([True, False]),
          "matrix": numpy.array([[0.5, -1], [2, 3]], "float32")}, sys.argv[1], {"name": "value"})
        """
      #expect(try Python.run(script, url.path).status == 0)
      let file = try TensorFile(reading: url)
      #expect(file.metadata == ["name": "value"])
      #expect(try file.tensor("bytes", of: UInt8.self, shape: [3]).elements() == [1, 2, 3])
      #expect(try file.tensor("flags", of: Bool.self).elements() == [true, false])
      #expect(try file.floats("matrix", shape: [2, 2]) == [0.5, -1, 2, 3])
    }
  }
}
