// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/iommu/vtd_unit.hpp"

#include <cstdlib>
#include <cstring>

#include "kernel/arch/hosted/hosted.hpp"
#include "tests/support/check.hpp"

namespace tessera::nucleus::test {

namespace {

constexpr std::size_t kCommand = 0x18, kStatus = 0x1c, kRoot = 0x20, kQueueHead = 0x80, kQueueTail = 0x88, kQueueAddress = 0x90,
                      kInterruptTable = 0xb8, kFaults = 0x220;
constexpr std::uint64_t kAddress = 0x000f'ffff'ffff'f000;

VtdUnit* present = nullptr;

template <typename T>
T load(std::uint64_t at) {
  T value{};
  std::memcpy(&value, reinterpret_cast<const void*>(at), sizeof value);
  return value;
}
template <typename T>
void store(std::uint64_t at, T value) {
  std::memcpy(reinterpret_cast<void*>(at), &value, sizeof value);
}

std::vector<void*>* keeper = nullptr;
// Of any contents: what the nucleus wants zeroed it zeroes.
PhysAddr take(std::uint64_t bytes) {
  void* const memory = std::aligned_alloc(bytes, bytes);
  std::memset(memory, 0xcc, bytes);
  keeper->push_back(memory);
  return physical(memory);
}

}  // namespace

VtdUnit::VtdUnit(Abilities abilities) : abilities_(abilities) {
  keeper = &memory_;
  registers_ = take(kPageBytes).value;
  std::memset(reinterpret_cast<void*>(registers_), 0, kPageBytes);
  const std::uint64_t capability = 6 | (abilities.write_buffers ? 1 << 4 : 0) | (abilities.caching ? 1 << 7 : 0) |
                                   std::uint64_t{abilities.depths} << 8 | std::uint64_t{abilities.address_bits - 1} << 16 |
                                   std::uint64_t{kFaults / 16} << 24 | (abilities.large ? std::uint64_t{1} << 34 : 0) |
                                   std::uint64_t{1} << 40 | std::uint64_t{3} << 54;  // two faults, drains
  write_wide(0x08, capability);
  write_wide(0x10, (abilities.queue ? 2 : 0) | (abilities.remaps ? 8 : 0));
  present = this;
  dma_units = {};
  arch::hosted::watch_waiting([] { present->turn(); });
}

VtdUnit::~VtdUnit() {
  arch::hosted::watch_waiting(nullptr);
  dma_units = {};
  for (void* one : memory_) std::free(one);
}

std::string_view VtdUnit::start() {
  DmarFacts facts;
  facts.units[0] = 0xfed9'0000;
  facts.unit_count = 1;
  keeper = &memory_;
  return dma_units.start(facts, take, [](PhysAddr page) {
    CHECK_EQ(page.value, 0xfed9'0000u);
    return present->registers_;
  });
}

std::string_view VtdUnit::start_remapping(bool platform) {
  keeper = &memory_;
  DmarFacts facts;
  facts.interrupt_remapping = platform;
  return dma_units.start_remapping(facts, take);
}

std::uint32_t VtdUnit::read(std::size_t offset) const { return load<std::uint32_t>(registers_ + offset); }
void VtdUnit::write(std::size_t offset, std::uint32_t value) { store(registers_ + offset, value); }
std::uint64_t VtdUnit::read_wide(std::size_t offset) const { return load<std::uint64_t>(registers_ + offset); }
void VtdUnit::write_wide(std::size_t offset, std::uint64_t value) { store(registers_ + offset, value); }

void VtdUnit::turn() {
  if (abilities_.obeys) obey();
  if (!queues_ || read_wide(kQueueHead) == read_wide(kQueueTail)) return;
  if (waited_++ < abilities_.sluggish) return;
  waited_ = 0;
  work_off();
}

void VtdUnit::obey() {
  const std::uint32_t command = read(kCommand);
  if ((command & 1u << 30) != 0) {
    root_ = read_wide(kRoot);
    write(kStatus, read(kStatus) | 1u << 30);
    write(kCommand, command & ~(1u << 30));
  }
  queues_ = (command & 1u << 26) != 0;
  on_ = (command & 1u << 31) != 0;
  if ((command & 1u << 24) != 0) {
    interrupt_table_ = read_wide(kInterruptTable);
    write(kStatus, read(kStatus) | 1u << 24);
    write(kCommand, read(kCommand) & ~(1u << 24));
  }
  remaps_ = (command & 1u << 25) != 0;
  write(kStatus, (read(kStatus) & (1u << 30 | 1u << 24)) | (command & (1u << 31 | 1u << 26 | 1u << 25 | 1u << 23)));
}

void VtdUnit::work_off() {
  std::uint64_t head = read_wide(kQueueHead);
  const std::uint64_t queue = read_wide(kQueueAddress) & kAddress, tail = read_wide(kQueueTail);
  CHECK_EQ(read_wide(kQueueAddress) & 7, 0);
  CHECK(tail < kPageBytes && tail % 16 == 0);
  while (head != tail) {
    do_one(load<std::uint64_t>(queue + head), load<std::uint64_t>(queue + head + 8));
    head = (head + 16) % kPageBytes;
  }
  write_wide(kQueueHead, head);
}

void VtdUnit::do_one(std::uint64_t low, std::uint64_t high) {
  const std::uint64_t kind = low & 15, extent = low >> 4 & 3;
  const auto domain = static_cast<std::uint32_t>(low >> 16 & 0xffff);
  if (kind == 4) {
    if ((low >> 4 & 1) == 0) entries_.clear();
    else std::erase_if(entries_, [&](const auto& one) { return one.first == (low >> 32 & 0xffff); });
    return;
  }
  CHECK(kind == 5 || extent == 1 || extent == 2);
  if (kind == 1) std::erase_if(contexts_, [&](const auto& one) { return extent == 1 || (one.second.high >> 8 & 0xffff) == domain; });
  if (kind == 2) {
    ++forgets_;
    CHECK_EQ(low >> 6 & 3, 3);  // what is under way is over
    std::erase_if(translations_, [&](const auto& one) { return extent == 1 || one.first.first == domain; });
  }
  if (kind == 5) store(high, static_cast<std::uint32_t>(low >> 32));
  CHECK(kind == 1 || kind == 2 || kind == 5);
}

std::optional<VtdUnit::Context> VtdUnit::context_of(std::uint32_t device) {
  if (const auto known = contexts_.find(device); known != contexts_.end()) return known->second;
  const auto root = load<std::uint64_t>((root_ & kAddress) + (device >> 8) * 16);
  Context found;
  if ((root & 1) != 0) {
    const std::uint64_t at = (root & kAddress) + (device & 0xff) * 16;
    found = {load<std::uint64_t>(at), load<std::uint64_t>(at + 8)};
  }
  if ((found.low & 1) == 0) {
    if (abilities_.caching) contexts_[device] = {};
    return std::nullopt;
  }
  return contexts_[device] = found;
}

std::optional<VtdUnit::Page> VtdUnit::walk(const Context& context, std::uint64_t address) const {
  const unsigned levels = static_cast<unsigned>(context.high & 7) + 2;
  CHECK(((abilities_.depths >> (levels - 2)) & 1) != 0);
  CHECK_EQ(context.low & 0xffe, 0);  // translated by two-level tables, faults recorded
  if (address >> (12 + 9 * levels) != 0) return std::nullopt;
  std::uint64_t table = context.low & kAddress;
  for (unsigned level = levels - 1;; --level) {
    const auto entry = load<std::uint64_t>(table + (address >> (12 + 9 * level) & 511) * 8);
    if ((entry & 3) == 0) return std::nullopt;
    if (level == 0) return Page{entry, level};
    if ((entry & 1 << 7) != 0) {
      CHECK(level == 1 && abilities_.large);
      return Page{entry, level};
    }
    table = entry & kAddress;
  }
}

bool VtdUnit::reaches(std::uint32_t device, std::uint64_t address, bool write) {
  if (!on_) return true;
  const auto context = context_of(device);
  if (!context || (context->low & 1) == 0) return false;
  const auto domain = static_cast<std::uint32_t>(context->high >> 8 & 0xffff);
  const std::pair key{domain, address / kPageBytes};
  if (!translations_.contains(key)) {
    const auto page = walk(*context, address);
    if (!page) {
      if (abilities_.caching) translations_[key] = {};
      return false;
    }
    translations_[key] = *page;
  }
  const Page page = translations_[key];
  if (page.leaf == 0) return false;
  const std::uint64_t bytes = page.level == 1 ? 512 * kPageBytes : kPageBytes;
  CHECK_EQ(page.leaf & kAddress & ~(bytes - 1), address & ~(bytes - 1));  // one to one
  return (page.leaf & (write ? 2 : 1)) != 0;
}

// 5.1.3; what it says of the destination is that of the first core, with the number 0.
std::optional<unsigned> VtdUnit::interrupts(std::uint32_t device, std::uint64_t address, std::uint32_t data) {
  reason_ = 0;
  const auto refuse = [&](unsigned reason) {
    reason_ = reason;
    return std::nullopt;
  };
  if (!remaps_) return data & 0xff;
  CHECK_EQ(address >> 20, 0xfeeu);
  if ((address & 1 << 4) == 0) return (read(kStatus) & 1u << 23) != 0 ? std::optional(data & 0xff) : refuse(0x25);
  const std::uint64_t index = (address >> 5 & 0x7fff) | (address >> 2 & 1) << 15;
  if (index >= std::uint64_t{2} << (interrupt_table_ & 15)) return refuse(0x21);
  if (!entries_.contains(index)) {
    const std::uint64_t at = (interrupt_table_ & kAddress) + index * 16;
    const std::pair entry{load<std::uint64_t>(at), load<std::uint64_t>(at + 8)};
    if ((entry.first & 1) == 0 && !abilities_.caching) return refuse((entry.first & 2) != 0 ? 0 : 0x22);
    entries_[index] = entry;
  }
  const auto [low, high] = entries_[index];
  if ((low & 1) == 0) return refuse((low & 2) != 0 ? 0 : 0x22);
  CHECK_EQ(low & 0xff00'0000'8fec, 0);  // fixed, to one core by its number, 0
  CHECK_EQ(high >> 16, 4);  // the whole of the sender's number
  if ((high & 0xffff) != device) return refuse(0x26);
  return low >> 16 & 0xff;
}

bool VtdUnit::record(std::uint32_t device, std::uint64_t address, bool write, std::uint8_t reason) {
  for (const std::size_t place : {kFaults, kFaults + 16}) {
    if ((read(place + 12) & 1u << 31) != 0) continue;
    write_wide(place, address & ~(kPageBytes - 1));
    write_wide(place + 8, std::uint64_t{1} << 63 | std::uint64_t{!write} << 62 | std::uint64_t{reason} << 32 | device);
    return true;
  }
  return false;
}

void VtdUnit::settle_faults() {
  for (const std::size_t place : {kFaults, kFaults + 16})
    if (read(place + 12) == 1u << 31) write(place + 12, 0);
}

}  // namespace tessera::nucleus::test
