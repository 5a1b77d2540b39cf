// The YAML files of data/presets.
#ifndef DISTILL_PRESETS_H
#define DISTILL_PRESETS_H

struct distill_preset {
  /// Such as `dark-room` or `paper/dark-room`.
  const char *name;
  const char *text;
};

/// The first of `distill_preset_count`, in alphabetical order.
const struct distill_preset *distill_presets_start(void);
extern const int distill_preset_count;

#endif
