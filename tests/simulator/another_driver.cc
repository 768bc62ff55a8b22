// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A library with the driver's name that is not the simulated one.
extern "C" int nvmlInit_v2() { return 9; }
