// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/uts.hpp"

#include "components/linux/process/thread.hpp"

namespace tessera::lx {

Ref<UtsNames> uts_of(const Thread* thread) {
  static auto* first = new Ref<UtsNames>(make_ref<UtsNames>());
  return thread != nullptr && thread->uts ? thread->uts : *first;
}

}  // namespace tessera::lx
