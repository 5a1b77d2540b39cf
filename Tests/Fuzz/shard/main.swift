// Shards: opened, checked as a training checks them, and every step, episode and parent looked at.

import FuzzSupport
import LearningHistories

let file = ScratchFile("safetensors")

fuzz { bytes in
  file.hold(bytes)
  guard let shard = try? HistoryShard(reading: file.url) else { return }
  try? shard.verifyChecksum()
  guard (try? shard.requirePossibleSteps()) != nil else { return }
  for history in shard.histories {
    for step in 0..<history.stepCount {
      _ = (history.observation(at: step), history.action(at: step), history.reward(at: step))
      _ = history.expertAction(at: step)
    }
    for episode in 0..<history.episodeCount {
      _ = (history.steps(ofEpisode: episode), history.isTerminated(episode))
      _ = history.parent(ofEpisode: episode)
    }
  }
}
