#include "ci/fuzz_targets/fuzz_targets.h"
#include "ci/fuzz_targets/scratch_folder.h"
#include "harness/frames/capture_file.h"
#include "harness/frames/decode_everything.h"

namespace postassoc::fuzz {

void frame(ByteView input) {
  decode_everything(input);
}

void eapol(ByteView input) {
  decode_eapol(Bytes(input.begin(), input.end()));
}

void capture(ByteView input) {
  static const ScratchFolder folder;
  auto file = CaptureFile::open(folder.write("capture", input));
  if (!file) {
    return;
  }
  for (auto next = file->next(); next && *next; next = file->next()) {
    const ByteView data = (*next)->data;
    (void)parse_air_frame(file->link_type(), Bytes(data.begin(), data.end()));
  }
}

}  // namespace postassoc::fuzz
