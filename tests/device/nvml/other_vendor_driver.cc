// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A library that bears NVML's file name but is another vendor's: it has some functions of the same
// names, none of which may be called before the rest was found missing.
#include <cstdlib>

extern "C" {

int nvmlInit_v2() { std::abort(); }
int nvmlShutdown() { std::abort(); }
int othervendor_smi_init() { return 0; }

}  // extern "C"
