// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// CUDA_VISIBLE_DEVICES read as CUDA reads it: which GPUs a program sees, and in which order. Pure
// functions: nothing here touches the environment or a driver. The rule:
//
// - Not set: every GPU, in order. Empty: none.
// - Else a list, parted by commas, read from the left up to its first invalid entry; that one and
//   all after it are hidden.
// - The first entry says of which kind the list is; an entry of the other kind is invalid.
// - An index is read as strtol() does: spaces before it, a sign, then digits; what follows the
//   digits is ignored ("1gpu2" is 1, "+3" is 3, "-0" is 0). Below zero, beyond the last GPU, or
//   without digits: invalid.
// - A UUID starts with "GPU-" and may be cut short as long as one GPU only has that beginning. Not
//   known or ambiguous: invalid. Spaces and letter case count.
// - A GPU that is listed twice, in whatever spelling, hides all.
// - A MIG identifier ("MIG-…") in a place that counts is refused: energy and power limit belong to
//   the whole GPU, of which a MIG instance is a part.
//
// Sources. The CUDA programming guide, "CUDA environment variables", for order, truncation, the
// empty list, and abbreviated UUIDs. It is silent on spelling, duplicates and mixed lists: there
// the rule is the one that PyTorch (torch.cuda._parse_visible_devices and its tests) and nvitop
// found CUDA to follow. The stricter reading is also the safe one: no GPU is taken for the job's
// that isn't.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace zeus::nvml {

// `text` is the variable's value, nothing where it isn't set; `uuids` are those of all GPUs in the
// driver's order, "" for a GPU whose UUID can't be read. Returns indices into `uuids`: the GPU that
// the framework calls 0, then 1, and so on. Throws ZeusGPUNotSupportedError for a MIG identifier.
[[nodiscard]] std::vector<int> visible_devices(const std::optional<std::string>& text,
                                               const std::vector<std::string>& uuids);

// True where the list names GPUs by UUID, so that CUDA's own numbering doesn't matter.
[[nodiscard]] bool lists_uuids(const std::optional<std::string>& text);

}  // namespace zeus::nvml
