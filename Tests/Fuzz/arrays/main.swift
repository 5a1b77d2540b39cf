// Arrays of others: NumPy's archives and safetensors, read to the last row.

import FuzzSupport
import TensorFiles

let files = ["npz", "safetensors"].map(ScratchFile.init)

fuzz { bytes in
  let file = files[bytes.first == UInt8(ascii: "P") ? 0 : 1]
  file.hold(bytes)
  guard let arrays = try? ArrayFile(reading: file.url) else { return }
  for name in arrays.names {
    guard let array = try? arrays.array(name) else { continue }
    var rowsLeft = min(array.rows, 100)
    while rowsLeft > 0, (try? array.read(rows: 7)) != nil { rowsLeft -= 7 }
  }
}
