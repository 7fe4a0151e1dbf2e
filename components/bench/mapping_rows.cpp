// SPDX-License-Identifier: Apache-2.0
// Pages mapped and unmapped in the own address space, one by one and many in a
// call. About ten instructions of each row are the loop's.
#include <abi/nucleus.client.hpp>

#include "components/bench/measure.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::bench {

using abi::ObjectType;
using rt::objects;

namespace {

constexpr std::uint64_t kBits = 20, kPages = (std::uint64_t{1} << kBits) / abi::kPageBytes;
constexpr std::uint64_t kRights = abi::kRightRead | abi::kRightWrite;
constexpr std::uint64_t kArea = rt::kComponentArea;

struct Pages {
  rt::Handle space;
  std::uint64_t attachment;

  void map(std::uint64_t first, std::uint64_t count) const {
    need(abi::address_space_map(space, kArea + first * abi::kPageBytes, attachment, first * abi::kPageBytes, count, kRights),
         "map");
  }
  void unmap(std::uint64_t first, std::uint64_t count) const {
    need(abi::address_space_unmap(space, kArea + first * abi::kPageBytes, count), "unmap");
  }
};

// Page 0 stays mapped: page tables are neither made nor freed in what is measured.
void run_one_by_one(const Pages& pages) {
  for (const bool measured : {false, true}) {
    const std::uint64_t start = rt::arch::read_counter();
    for (std::uint64_t page = 1; page < kPages; ++page) pages.map(page, 1);
    const std::uint64_t mapped = rt::arch::read_counter();
    for (std::uint64_t page = 1; page < kPages; ++page) pages.unmap(page, 1);
    const std::uint64_t unmapped = rt::arch::read_counter();
    if (!measured) continue;
    report("map-page", kPages - 1, mapped - start);
    report("unmap-page", kPages - 1, unmapped - mapped);
  }
}

// Ticks for all 255 pages together.
void run_at_once(const Pages& pages) {
  const std::uint64_t start = rt::arch::read_counter();
  pages.map(1, kPages - 1);
  const std::uint64_t mapped = rt::arch::read_counter();
  pages.unmap(1, kPages - 1);
  const std::uint64_t unmapped = rt::arch::read_counter();
  report("map-255-pages", 1, mapped - start);
  report("unmap-255-pages", 1, unmapped - mapped);
}

}  // namespace

void run_mapping_rows() {
  const rt::Handle memory = need(objects().make(ObjectType::memory, kBits), "memory");
  const Pages pages{objects().own().space, need(abi::address_space_attach(objects().own().space, memory, kRights), "attach")};
  pages.map(0, 1);
  run_one_by_one(pages);
  run_at_once(pages);
}

}  // namespace tessera::bench
