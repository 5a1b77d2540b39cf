// Models: opened, checked against their configuration, and their parameters read.

import FuzzSupport
import Models

let file = ScratchFile("safetensors")

fuzz { bytes in
  file.hold(bytes)
  guard let opened = try? Checkpoint.open(file.url) else { return }
  _ = try? Checkpoint.read(opened)
}
