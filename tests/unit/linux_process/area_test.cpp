// SPDX-License-Identifier: Apache-2.0
// AreaSet against a model that knows each page by itself.
#include <map>

#include "components/linux/memory/area.hpp"
#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

class FakeBacking final : public Backing {
 public:
  Result<Frame> page(std::uint64_t, bool) override { return fail(Errno::efault); }
  [[nodiscard]] bool fault_around() const override { return false; }
  [[nodiscard]] const void* identity() const override { return this; }
};

struct ModelPage {
  std::uint32_t protection = 0;
  const Backing* backing = nullptr;
  std::uint64_t index = 0;
  bool operator==(const ModelPage&) const = default;
};

constexpr std::uint64_t kBase = 0x10000, kPages = 96;

class Run {
 public:
  explicit Run(std::uint64_t run_seed) : random_(run_seed) {
    for (auto& backing : backings_) backing = make_ref<FakeBacking>();
  }

  void step() {
    const std::uint64_t first = random_.below(kPages);
    const std::uint64_t end = first + 1 + random_.below(kPages - first);
    switch (random_.below(4)) {
      case 0: case 1: add(first, end); break;
      case 2: remove(first, end); break;
      default: protect(first, end); break;
    }
    compare();
    gaps();
  }

 private:
  static std::uint64_t address(std::uint64_t page) { return kBase + page * kPageBytes; }

  void add(std::uint64_t first, std::uint64_t end) {
    set_.remove(address(first), address(end));
    Area area;
    area.start = address(first);
    area.end = address(end);
    area.protection = static_cast<std::uint32_t>(random_.below(3));
    const std::uint64_t which = random_.below(3);
    if (which < backings_.size()) {
      area.backing = backings_[static_cast<std::size_t>(which)];
      area.offset_pages = random_.below(2) == 0 ? first : random_.below(100);
    }
    for (std::uint64_t page = first; page < end; ++page)
      model_[page] = {area.protection, area.backing.get(), area.backing ? area.offset_pages + page - first : 0};
    set_.insert(std::move(area));
  }

  void remove(std::uint64_t first, std::uint64_t end) {
    set_.remove(address(first), address(end));
    for (std::uint64_t page = first; page < end; ++page) model_.erase(page);
  }

  void protect(std::uint64_t first, std::uint64_t end) {
    const auto protection = static_cast<std::uint32_t>(random_.below(3));
    set_.cut(address(first), address(end));
    set_.for_each(address(first), address(end), [&](Area& area) { area.protection = protection; });
    set_.merge(address(first), address(end));
    for (std::uint64_t page = first; page < end; ++page)
      if (const auto found = model_.find(page); found != model_.end()) found->second.protection = protection;
  }

  void compare() {
    const Area* previous = nullptr;
    std::uint64_t total = 0;
    for (const Area& area : set_.all()) {
      CHECK(area.start < area.end);
      if (previous != nullptr) {
        CHECK(previous->end <= area.start);
        CHECK(!previous->continued_by(area));  // else they would be one
      }
      total += area.bytes();
      previous = &area;
    }
    CHECK(total == set_.total_bytes() && total == model_.size() * kPageBytes);
    for (std::uint64_t page = 0; page < kPages; ++page) {
      const Area* const area = set_.find(address(page) + random_.below(kPageBytes));
      const auto found = model_.find(page);
      CHECK((area != nullptr) == (found != model_.end()));
      if (area == nullptr || found == model_.end()) continue;
      const ModelPage seen{area->protection, area->backing.get(), area->backing ? area->backing_page(address(page)) : 0};
      CHECK(seen == found->second);
    }
    const std::uint64_t first = random_.below(kPages);
    const std::uint64_t end = first + 1 + random_.below(kPages - first);
    bool free = true, covered = true;
    for (std::uint64_t page = first; page < end; ++page) (model_.contains(page) ? free : covered) = false;
    CHECK(set_.free(address(first), address(end)) == free);
    CHECK(set_.covered(address(first), address(end)) == covered);
  }

  void gaps() {
    const std::uint64_t pages = 1 + random_.below(12);
    const std::uint64_t low = random_.below(kPages / 2);
    const std::uint64_t high = low + 1 + random_.below(kPages - low);
    std::uint64_t expected = 0;
    for (std::uint64_t first = high >= pages ? high - pages + 1 : 0; first-- > low;) {
      bool free = true;
      for (std::uint64_t page = first; page < first + pages; ++page) free = free && !model_.contains(page);
      if (!free) continue;
      expected = address(first);
      break;
    }
    CHECK(set_.find_gap(pages * kPageBytes, address(low), address(high), 0) == expected);
  }

  Random random_;
  AreaSet set_;
  std::map<std::uint64_t, ModelPage> model_;
  std::array<Ref<FakeBacking>, 2> backings_;
};

void stack_guard() {
  AreaSet set;
  Area stack;
  stack.start = 0x100000;
  stack.end = 0x200000;
  stack.grows_down = true;
  set.insert(stack);
  // The room right below a stack stays free.
  CHECK(set.find_gap(0x1000, 0x10000, 0x100000, 0x8000) == 0x100000 - 0x8000 - 0x1000);
  CHECK(set.find_gap(0x1000, 0x10000, 0x200000, 0x8000) == 0x100000 - 0x8000 - 0x1000);
  set.extend_down(0x100000, 0xff000);
  CHECK(set.find(0xff000) != nullptr && set.total_bytes() == 0x101000);
}

}  // namespace

void area_tests() {
  for (std::uint64_t i = 0; i < 20; ++i) {
    Run run(seed + i);
    for (int step = 0; step < 200; ++step) run.step();
  }
  stack_guard();
}

}  // namespace tessera::lx::test
