// SPDX-License-Identifier: Apache-2.0
// One order of the operator: a word, and the name of a component where it needs one.
#pragma once

#include <string_view>

#include "lib/rt/objects.hpp"

namespace tessera::control {

// Takes a part of the answer.
class Out {
 public:
  virtual void write(std::string_view text) = 0;

 protected:
  ~Out() = default;
};

// Does it, and writes what there is to tell, each line begun with `tag`; at last "ok" or "error REASON".
void carry_out(rt::Handle supervisor, std::string_view tag, std::string_view order, Out& out);

}  // namespace tessera::control
