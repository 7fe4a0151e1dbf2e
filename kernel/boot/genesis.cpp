// SPDX-License-Identifier: Apache-2.0
#include "kernel/boot/genesis.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <abi/start.hpp>

#include "kernel/boot/bundle.hpp"
#include "kernel/boot/elf_image.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/budget.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/derivation.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/make.hpp"
#include "kernel/sched/scheduler.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus {

namespace {

constexpr unsigned kTableBits = 12;
constexpr std::uint64_t kMagic = 0x5445535345524131;
constexpr std::uint8_t kPriority = 200;

[[noreturn]] void give_up(std::string_view why) {
  log_end(protocol::log::kFatal, why);
  arch::power_off();
}

// Fills genesis' table from the first slot on.
struct Filler {
  CapTable* table = nullptr;
  std::uint64_t next = CapTable::kFirstSlot;
  Namespace* root = nullptr;

  Slot& slot() {
    table->raw(next)->holder = table;  // the first is for the table itself, which is not there yet
    return *table->raw(next);
  }
  std::uint64_t done() REQUIRES(object_lock) {
    const std::uint64_t index = next++;
    link_child(nullptr, *table->raw(index));
    return Handle::make(index, table->raw(index)->generation).value;
  }
  std::uint64_t object(ObjectType type, unsigned size_bits, PhysAddr at) REQUIRES(object_lock) {
    make_object(slot(), type, size_bits, at, root);
    return done();
  }
};

PhysAddr take_zeroed(BootMemory& memory, std::uint64_t bytes) {
  const PhysAddr at = memory.take(std::max(bytes, kPageBytes));
  arch::zero_bytes(direct<std::byte>(at), std::max(bytes, kPageBytes));
  return at;
}

PhysAddr take_for(BootMemory& memory, ObjectType type, unsigned size_bits) {
  return take_zeroed(memory, unwrap(bytes_of(type, size_bits)));
}

void must(const Result<AddressSpace::Progress>& result) {
  if (!result) panic("genesis cannot be mapped: error", static_cast<std::uint64_t>(result.error()));
}

// A range that may take several steps.
void map_all(AddressSpace& space, std::uint64_t address, unsigned attachment, std::uint64_t offset, std::uint64_t bytes,
             std::uint8_t rights) {
  std::uint64_t pages = bytes / kPageBytes;
  while (pages > 0) {
    const auto done = space.map(VirtAddr{address}, attachment, offset, pages, rights);
    must(done);
    address += done->pages * kPageBytes;
    offset += done->pages * kPageBytes;
    pages -= done->pages;
  }
}

}  // namespace

static void start(const BootFacts& boot, BootMemory& memory, const GenesisFacts& facts) REQUIRES(object_lock) {
  // The bundle stays where the loader put it: it may be most of the memory. Its pages are its own.
  const PhysAddr bundle = boot.bundle.start;
  const std::uint64_t bundle_bytes = boot.bundle.bytes();
  const std::uint64_t bundle_pages = align_up(bundle_bytes, kPageBytes);
  std::memset(direct<std::byte>(bundle.plus(bundle_bytes)), 0, bundle_pages - bundle_bytes);

  const auto file = find_in_bundle(direct_span<const std::byte>(bundle, bundle_bytes), "genesis");
  if (!file) give_up(file.error());
  const auto image = read_elf(*file, abi::kStartAddress);
  if (!image) give_up(image.error());

  std::uint64_t image_bytes = 0;
  for (std::size_t i = 0; i < image->segment_count; ++i) image_bytes += image->segments[i].memory_bytes;
  const std::uint64_t info_bytes = sizeof(abi::BootInfo);
  const std::uint64_t block_bytes = std::bit_ceil(image_bytes + abi::kStackBytes + info_bytes);
  const PhysAddr block = take_zeroed(memory, block_bytes);

  Filler filler{direct<CapTable>(take_for(memory, ObjectType::cap_table, kTableBits))};
  auto& info = *direct<abi::BootInfo>(block);  // first in the block
  info.magic = kMagic;
  info.abi_version = abi::kNucleusAbiVersion;
  // The namespace that all are members of is there before its own capability.
  Slot root_slot;
  make_object(root_slot, ObjectType::namespace_, 0, take_for(memory, ObjectType::namespace_, 0), nullptr);
  filler.root = root_slot.as<Namespace>();
  {
    const PhysAddr at = physical(filler.table);
    info.table = filler.object(ObjectType::cap_table, kTableBits, at);
  }
  const PhysAddr space_at = take_for(memory, ObjectType::address_space, 0);
  info.space = filler.object(ObjectType::address_space, 0, space_at);
  const PhysAddr thread_at = take_for(memory, ObjectType::thread, 0);
  info.thread = filler.object(ObjectType::thread, 0, thread_at);
  const Way by_root{*direct<Thread>(thread_at)};
  const PhysAddr budget_at = take_for(memory, ObjectType::budget, 0);
  info.budget = filler.object(ObjectType::budget, 0, budget_at);

  Slot& namespace_slot = filler.slot();
  namespace_slot.type = ObjectType::namespace_;
  namespace_slot.rights = root_slot.rights;
  namespace_slot.object = root_slot.object;
  info.root_namespace = filler.done();
  for (const auto [field, type] : {std::pair{&info.machine, ObjectType::machine}, std::pair{&info.log, ObjectType::log}}) {
    Slot& slot = filler.slot();
    slot.type = type;
    slot.rights = abi::kRightRead | abi::kRightWrite | abi::kRightManage | abi::kRightGrant;
    *field = filler.done();
  }
  Slot& bundle_slot = filler.slot();
  make_object(bundle_slot, ObjectType::memory, kPageBits, bundle, nullptr);
  bundle_slot.extra = bundle_pages;
  bundle_slot.rights = abi::kRightRead | abi::kRightExecute;
  info.bundle = filler.done();
  if (!boot.device_tree.empty()) {
    const PhysAddr tree{boot.device_tree.start.value & ~(kPageBytes - 1)};
    Slot& tree_slot = filler.slot();
    make_object(tree_slot, ObjectType::memory, kPageBits, tree, nullptr);
    tree_slot.extra = align_up(boot.device_tree.end.value, kPageBytes) - tree.value;
    tree_slot.rights = abi::kRightRead;
    info.device_tree = filler.done();
    info.device_tree_physical = boot.device_tree.start.value;
    info.device_tree_bytes = boot.device_tree.bytes();
  }
  Slot& block_slot = filler.slot();
  make_object(block_slot, ObjectType::memory, static_cast<unsigned>(std::countr_zero(block_bytes)), block, nullptr);
  (void)filler.done();

  auto& space = *direct<AddressSpace>(space_at);
  // Tables for the bundle and a quarter of all memory in 4 KiB pages, and some to begin with.
  const std::uint64_t pool_pages = 32 + bundle_pages / kPageBytes / 512 + memory.total() / kPageBytes / 512 / 4;
  for (std::uint64_t i = 0; i < pool_pages; ++i) space.seed_pool(memory.take(kPageBytes));

  const unsigned block_number = unwrap(space.attach(block_slot, 0xff, by_root));
  const unsigned bundle_number = unwrap(space.attach(bundle_slot, 0xff, by_root));
  map_all(space, abi::kStartAddress, block_number, 0, info_bytes, abi::kRightRead);
  std::uint64_t offset = info_bytes;
  map_all(space, abi::kStackAddress, block_number, offset, abi::kStackBytes, abi::kRightRead | abi::kRightWrite);
  offset += abi::kStackBytes;
  for (const ElfSegment& segment : std::span(image->segments).first(image->segment_count)) {
    std::memcpy(direct<std::byte>(block.plus(offset + segment.lead_bytes)), file->subspan(segment.file_offset).data(),
                segment.file_bytes);
    map_all(space, segment.address, block_number, offset, segment.memory_bytes, segment.rights);
    offset += segment.memory_bytes;
  }
  map_all(space, abi::kGrantsAddress, bundle_number, 0, bundle_pages, abi::kRightRead);

  info.bundle_physical = bundle.value;
  info.bundle_bytes = bundle_bytes;
  info.bundle_address = abi::kGrantsAddress;
  info.table_bits = kTableBits;
  info.clock_hz = facts.clock_hz;
  info.clock_boot = facts.clock_boot;
  info.features = facts.features;
  info.cores = facts.cores;
  info.pci_configuration = facts.pci.configuration.value;
  info.pci_first_bus = facts.pci.first;
  info.pci_last_bus = facts.pci.last;
  std::ranges::copy(facts.random, info.random_seed.begin());
  info.memory_bytes = memory.total();
  info.node_count = facts.node_count;
  info.core_nodes = facts.core_nodes;
  static_assert(sizeof facts.distances == sizeof info.node_distances);
  std::memcpy(info.node_distances.data(), &facts.distances, sizeof facts.distances);
  std::ranges::transform(boot.command_line, info.command_line.begin(), [](char c) { return static_cast<std::uint8_t>(c); });

  auto& budget = *direct<Budget>(budget_at);
  auto& thread = *direct<Thread>(thread_at);
  for (const auto [own, handle] : {std::pair{&thread.table_slot, info.table}, std::pair{&thread.space_slot, info.space},
                                   std::pair{&thread.budget_slot, info.budget}}) {
    unwrap(derive(*unwrap(filler.table->lookup(Handle{handle})), *own, {}, by_root));
  }
  thread.table = filler.table;
  thread.space = &space;
  ++space.threads;
  thread.budget = thread.active_budget = &budget;
  thread.priority = thread.effective_priority = kPriority;
  thread.frame = arch::Frame::start(image->entry, abi::kStackAddress + abi::kStackBytes - 8, abi::kStartAddress);

  // All that is left.
  BootMemory::Block block_left;
  while (info.untyped_count < info.untyped.size() && memory.take_largest_first(block_left)) {
    const auto& [at, size_bits, node] = block_left;
    make_object(filler.slot(), ObjectType::untyped, size_bits, at, nullptr);
    info.untyped[info.untyped_count++] = {.handle = filler.done(), .physical = at.value, .size_bits = size_bits, .node = node};
  }
  info.first_free_slot = filler.next;
  make_ready(thread);
}

// Not inlined: a debugger's first breakpoint.
[[gnu::noinline]] void start_genesis(const BootFacts& boot, BootMemory& memory, const GenesisFacts& facts) {
  const Holding hold(object_lock);
  start(boot, memory, facts);
}

}  // namespace tessera::nucleus
