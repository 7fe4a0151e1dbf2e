// SPDX-License-Identifier: Apache-2.0
#include "components/linux/syscall/beside.hpp"

namespace tessera::lx {

BesideCall beside_call(std::uint64_t number) {
  switch (number) {
#define BESIDE(number, name) case number: return &beside_##name;
#include "components/linux/syscall/beside.inc"
#undef BESIDE
    default: return nullptr;
  }
}

}  // namespace tessera::lx
