// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/say.hpp"

#include <cstdio>

void tessera::fs::say_line(std::string_view line) { std::printf("fs: %.*s\n", static_cast<int>(line.size()), line.data()); }
