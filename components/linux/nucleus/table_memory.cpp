// SPDX-License-Identifier: Apache-2.0
#include "components/linux/nucleus/table_memory.hpp"

#include <vector>

#include "lib/rt/objects.hpp"

namespace tessera::lx {

namespace {
std::vector<std::uint64_t>& pieces() {
  static std::vector<std::uint64_t> list;
  return list;
}
}  // namespace

Result<std::uint64_t> take_table_memory() {
  auto& list = pieces();
  if (!list.empty()) {
    const std::uint64_t untyped = list.back();
    list.pop_back();
    return untyped;
  }
  const auto made = rt::objects().make(tessera::abi::ObjectType::untyped, kTableMemoryBits);
  if (!made) return fail(Errno::enomem);
  return *made;
}

void give_back_table_memory(std::uint64_t untyped) { pieces().push_back(untyped); }

}  // namespace tessera::lx
