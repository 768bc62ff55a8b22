// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/process/rights.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace zeus::apps {

Rights current_rights() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  Rights rights{.is_root = geteuid() == 0, .has_sys_admin = false};
  if (syscall(SYS_capget, &header, data.data()) == 0) {
    rights.has_sys_admin = (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &
                            static_cast<unsigned>(CAP_TO_MASK(CAP_SYS_ADMIN))) != 0;
  }
  return rights;
}

}  // namespace zeus::apps
