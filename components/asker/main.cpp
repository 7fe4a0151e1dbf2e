// SPDX-License-Identifier: Apache-2.0
// What a component may ask for while it runs: see README.md.
#include "components/asker/roles.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"

int component_main(const tessera::rt::Start& start) {
  using namespace tessera;
  start.ready();
  if (start.config("role") == "second") asker::run_second(start);
  const unsigned wrong = asker::run_first(start);
  rt::log("{} of this is as it should be", wrong == 0 ? "all" : "not all");
  return wrong == 0 ? 0 : 1;
}
