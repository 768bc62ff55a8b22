// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A program may be started with standard input, output or error closed (by a daemon, an init
// script). The next file that it opens then gets that number, and what is meant for standard error
// goes into the file.
#pragma once

namespace zeus::apps {

// Fills the numbers of closed standard streams, so that no file gets them. To be called first. What
// is read or written there fails as if they were still closed, and a command that this program runs
// gets them closed.
void fill_closed_streams();

// Whether this descriptor, 0 to 2, was closed at the start.
[[nodiscard]] bool was_closed(int descriptor);

}  // namespace zeus::apps
