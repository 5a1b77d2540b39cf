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
