// SPDX-License-Identifier: Apache-2.0
// PageMap against std::map.
#include <map>

#include "components/linux/memory/page_map.hpp"
#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

void entries() {
  const PageEntry empty;
  CHECK(!empty.valid());
  PageEntry entry(static_cast<Frame>(0x0abcdef), true, true);
  CHECK(entry.valid() && entry.writable() && entry.of_file() && entry.frame() == static_cast<Frame>(0x0abcdef));
  entry.forbid_write();
  CHECK(entry.valid() && !entry.writable() && entry.of_file());
  CHECK(PageEntry(static_cast<Frame>(0), false).valid());
}

void against_model() {
  Random random(seed);
  PageMap map;
  std::map<PageNumber, PageEntry> model;
  // Pages near each other and far apart, up to the end of the guest's half.
  const auto page = [&] {
    const PageNumber base = random.below(4) * 0x1'0000'0000 + random.below(3) * 511;
    return base + random.below(1500);
  };
  for (int step = 0; step < 20000; ++step) {
    switch (random.below(6)) {
      case 0: case 1: case 2: {
        const PageNumber at = page();
        const PageEntry entry(static_cast<Frame>(random.below(1u << 28)), random.below(2) != 0);
        const PageEntry old = map.set(at, entry);
        const auto found = model.find(at);
        CHECK(old == (found == model.end() ? PageEntry() : found->second));
        model[at] = entry;
        break;
      }
      case 3: {
        const PageNumber at = page();
        const PageEntry old = map.remove(at);
        const auto found = model.find(at);
        CHECK(old == (found == model.end() ? PageEntry() : found->second));
        model.erase(at);
        break;
      }
      case 4: {
        const PageNumber first = page();
        const PageNumber end = first + random.below(1200);
        auto expected = model.lower_bound(first);
        map.for_each(first, end, [&](PageNumber at, PageEntry& entry) {
          CHECK(expected != model.end() && expected->first == at && expected->second == entry);
          if (random.below(4) == 0) {
            entry.forbid_write();
            expected->second.forbid_write();
          }
          ++expected;
        });
        CHECK(expected == model.lower_bound(end));
        break;
      }
      default: {
        if (random.below(8) != 0) break;
        const PageNumber first = page();
        const PageNumber end = first + random.below(2000);
        map.remove_range(first, end, [&](PageNumber at, PageEntry entry) {
          const auto found = model.find(at);
          CHECK(found != model.end() && found->second == entry);
          model.erase(at);
        });
        CHECK(model.lower_bound(first) == model.lower_bound(end));
        break;
      }
    }
    CHECK(map.count() == model.size());
    const PageNumber at = page();
    const auto found = model.find(at);
    CHECK(map.get(at) == (found == model.end() ? PageEntry() : found->second));
  }
}

}  // namespace

void page_map_tests() {
  entries();
  against_model();
}

}  // namespace tessera::lx::test
