// SPDX-License-Identifier: Apache-2.0
// Arm IHI 0070: registers 6.3, streams 5.1 and 5.2, context descriptors 5.4, commands 4, events 7.
#include "kernel/iommu/smmu.hpp"

#include <algorithm>

#include "kernel/support/addresses.hpp"

namespace tessera::nucleus {

namespace {

constexpr std::size_t kAbility0 = 0x0, kAbility1 = 0x4, kAbility5 = 0x14, kControl = 0x20, kControlDone = 0x24, kAttributes = 0x28,
                      kOptions = 0x2c, kInterrupts = 0x50, kInterruptsDone = 0x54, kStreams = 0x80, kStreamsKind = 0x88,
                      kCommands = 0x90, kCommandTold = 0x98, kCommandDone = 0x9c, kEvents = 0xa0, kEventTold = 0x100a8,
                      kEventTaken = 0x100ac;
constexpr std::uint64_t kRegisterBytes = 0x20000;
constexpr std::uint32_t kTranslates = 1, kTakesEvents = 1 << 2, kTakesCommands = 1 << 3, kEventInterrupt = 1 << 2;
constexpr std::uint32_t kLost = 1u << 31;

constexpr unsigned kBusBits = 8;  // of a stream's number, in a table of the second level
constexpr std::uint64_t kStreamBytes = 64, kBusBytes = kStreamBytes << kBusBits, kMostBuses = 256;
constexpr unsigned kCommandBits = 8, kEventBits = 7;
constexpr std::size_t kCommandWords = 2, kEventWords = 4;
static_assert(kCommandWords * 8 << kCommandBits == kPageBytes && kEventWords * 8 << kEventBits == kPageBytes);

constexpr std::uint64_t kValid = 1, kAllocates = std::uint64_t{1} << 62;
constexpr std::uint64_t kMemoryAttributes = 0xff, kDeviceAttributes = 0x04;  // the first and second kind (MAIR)

constexpr unsigned kMostLooks = 1'000'000;  // at boot
constexpr unsigned kLooks = 2'000;          // while others wait

constexpr std::uint64_t field(std::uint64_t word, unsigned shift, std::uint64_t mask) { return word >> shift & mask; }

std::span<std::uint64_t> take_words(Smmu::Take take, std::uint64_t bytes) {
  const PhysAddr at = take(bytes);
  arch::zero_bytes(direct<std::byte>(at), bytes);
  return direct_span<std::uint64_t>(at, bytes / sizeof(std::uint64_t));
}

}  // namespace

SmmuFacts read_smmu(const foreign::DeviceTree& tree) {
  using foreign::DeviceTree;
  constexpr std::size_t kCells = 3;  // of an interrupt: kind, number, flags
  SmmuFacts facts;
  tree.each([&](const DeviceTree::Node& node) {
    if (facts.end != 0 || !tree.in_use(node) || !tree.is_compatible(node, "arm,smmu-v3")) return;
    const auto range = tree.range(node, 0);
    if (!range) return;
    facts = {.start = range->start, .end = range->end, .interrupt = std::nullopt};
    const auto list = tree.property(node, "interrupts"), names = tree.property(node, "interrupt-names");
    if (!list || !names) return;
    std::string_view left{reinterpret_cast<const char*>(names->data()), names->size()};
    for (std::size_t i = 0; !left.empty() && (i + 1) * kCells * 4 <= list->size(); ++i) {
      const std::string_view name = left.substr(0, left.find('\0'));
      if (name == "eventq" && DeviceTree::cell(*list, i * kCells) == 0) facts.interrupt = DeviceTree::cell(*list, i * kCells + 1);
      left.remove_prefix(std::min(name.size() + 1, left.size()));
    }
  });
  return facts;
}

std::string_view Smmu::survey() {
  constexpr std::uint32_t kFirstStage = 1 << 1, kOurTables = 2 << 2, kCoherent = 1 << 4, kTwoLevels = 1 << 27, kPreset = 3u << 29,
                          kSmallPages = 1 << 4;
  constexpr std::array<unsigned, 8> kBits{32, 36, 40, 42, 44, 48, 48, 48};
  const std::uint32_t ability = registers_.read(kAbility0), sizes = registers_.read(kAbility1), addresses = registers_.read(kAbility5);
  if ((ability & kFirstStage) == 0 || (ability & kOurTables) == 0 || (addresses & kSmallPages) == 0) return "has no tables of the kind that is used";
  if ((ability & kCoherent) == 0) return "does not see the caches";
  if (field(ability, 27, 3) != kTwoLevels >> 27) return "has no table of streams in two levels";
  if ((sizes & kPreset) != 0) return "has its tables and queues at places of its own";
  if (field(sizes, 21, 31) < kCommandBits || field(sizes, 16, 31) < kEventBits) return "has too small queues";
  stream_bits_ = static_cast<unsigned>(std::min<std::uint64_t>(field(sizes, 0, 63), 16));
  if (stream_bits_ <= kBusBits) return "knows too few streams";
  size_field_ = std::min<std::uint64_t>(field(addresses, 0, 7), 5);
  limit_ = std::uint64_t{1} << kBits[size_field_];
  return {};
}

bool Smmu::acknowledged(std::size_t place, std::size_t answer, std::uint32_t value) const {
  registers_.write(place, value);
  for (unsigned i = 0; i < kMostLooks; ++i) {
    if (registers_.read(answer) == value) return true;
    arch::relax();
  }
  return false;
}

bool Smmu::turn_on(Take take) {
  constexpr std::uint32_t kCached = 1 | 1 << 2 | 3 << 4 | 1 << 6 | 1 << 8 | 3 << 10;  // queues and tables
  constexpr std::uint32_t kTwoLevels = 1 << 16, kRecordsBadStreams = 1 << 1;
  // Whoever used it before left it as it is.
  if (!acknowledged(kControl, kControlDone, 0) || !acknowledged(kInterrupts, kInterruptsDone, 0)) return false;
  streams_ = take_words(take, kMostBuses * sizeof(std::uint64_t) < kPageBytes ? kPageBytes : kMostBuses * sizeof(std::uint64_t));
  tables_.start(physical(take_words(take, BusTables::kMost * kBusBytes).data()), kBusBytes);
  commands_ = take_words(take, kPageBytes);
  events_ = take_words(take, kPageBytes);
  arch::publish_tables();
  registers_.write(kAttributes, kCached);
  registers_.write(kOptions, kRecordsBadStreams);
  registers_.write_wide(kStreams, physical(streams_.data()).value | kAllocates);
  registers_.write(kStreamsKind, stream_bits_ | kBusBits << 6 | kTwoLevels);
  registers_.write_wide(kCommands, physical(commands_.data()).value | kAllocates | kCommandBits);
  registers_.write(kCommandTold, 0);
  registers_.write(kCommandDone, 0);
  registers_.write_wide(kEvents, physical(events_.data()).value | kAllocates | kEventBits);
  registers_.write(kEventTold, 0);
  registers_.write(kEventTaken, 0);
  if (!acknowledged(kControl, kControlDone, kTakesCommands)) return false;
  const auto ticket = forget(std::nullopt);
  for (unsigned i = 0; i < kMostLooks / kLooks && !forgotten(*ticket); ++i) {}
  return forgotten(*ticket) && acknowledged(kControl, kControlDone, kTakesCommands | kTakesEvents) &&
         acknowledged(kControl, kControlDone, kTakesCommands | kTakesEvents | kTranslates);
}

std::string_view Smmu::start(const SmmuFacts& facts, Registers registers, Take take, std::uint64_t doorbell) {
  if (facts.end - facts.start < kRegisterBytes) return "has too few registers";
  registers_ = registers;
  if (const std::string_view why = survey(); !why.empty()) return why;
  if (!turn_on(take)) {
    (void)acknowledged(kControl, kControlDone, 0);
    return "does not do what it is told";
  }
  start_ = facts.start;
  end_ = facts.end;
  doorbell_ = doorbell & ~(kPageBytes - 1);
  interrupt_ = facts.interrupt.value_or(kNoInterrupt);
  present_ = true;
  return {};
}

void Smmu::describe(Context& context, PhysAddr root, std::uint32_t id) const {
  constexpr std::uint64_t kSizeOf48Bits = 16, kCached = 1 << 8 | 1 << 10 | 3 << 12, kNoUpperHalf = 1 << 30, kIsThere = std::uint64_t{1} << 31,
                          kOurs = std::uint64_t{1} << 41, kRecords = std::uint64_t{1} << 45, kAborts = std::uint64_t{1} << 46, kOwnNumbers = std::uint64_t{1} << 47;
  context = {kSizeOf48Bits | kCached | kNoUpperHalf | kIsThere | size_field_ << 32 | kOurs | kRecords | kAborts | kOwnNumbers | std::uint64_t{id} << 48,
             root.value, 0, kMemoryAttributes | kDeviceAttributes << 8};
}

std::optional<PhysAddr> Smmu::doorbell() const { return doorbell_ == 0 ? std::nullopt : std::optional(PhysAddr{doorbell_}); }

std::uint64_t Smmu::doorbell_leaf(PhysAddr page) {
  constexpr std::uint64_t kSecondKind = 1 << 2;
  return Entry::leaf(page, true, false) | kSecondKind;
}

// The eight words of a stream's entry; none: its table is not there.
std::span<std::uint64_t> Smmu::entry_of(std::uint32_t stream) const {
  constexpr std::size_t kWords = kStreamBytes / sizeof(std::uint64_t);
  const auto table = tables_.find(stream >> kBusBits);
  if (!table) return {};
  return direct_span<std::uint64_t>(*table, kWords << kBusBits).subspan((stream & 0xff) * kWords, kWords);
}

Result<void> Smmu::enter(std::uint32_t device, std::uint32_t, PhysAddr, PhysAddr context) {
  constexpr std::uint64_t kSpan = kBusBits + 1;
  constexpr std::uint64_t kFirstStage = 5 << 1, kCached = 1 << 2 | 1 << 4 | 3 << 6, kAsItComes = std::uint64_t{1} << 44;
  const std::uint32_t bus = device >> kBusBits;
  if (!tables_.find(bus)) {
    const auto table = tables_.add(bus);
    if (!table) return fail(Error::no_memory);
    streams_[bus] = table->value | kSpan;
  }
  const auto entry = entry_of(device);
  entry[1] = kCached | kAsItComes;
  arch::publish_tables();
  entry.front() = context.value | kFirstStage | kValid;
  arch::publish_tables();
  return {};
}

void Smmu::leave(std::uint32_t device) {
  const auto entry = entry_of(device);
  if (entry.empty()) return;
  entry.front() = 0;
  arch::publish_tables();
}

void Smmu::tell(std::uint64_t low, std::uint64_t high) {
  const std::size_t place = told_ % (1u << kCommandBits) * kCommandWords;
  commands_[place] = low;
  commands_[place + 1] = high;
  ++told_;
}

// How many commands were ever taken.
std::uint32_t Smmu::done() const {
  constexpr std::uint32_t kMask = (2u << kCommandBits) - 1;  // of the place, and in which round
  return told_ - ((told_ - registers_.read(kCommandDone)) & kMask);
}

std::optional<std::uint32_t> Smmu::forget(std::optional<std::uint32_t> id) {
  enum Command : std::uint64_t { kStreamsAll = 0x04, kOfNumber = 0x11, kAll = 0x30, kSync = 0x46 };
  constexpr std::uint32_t kMost = 3;
  constexpr std::uint64_t kWholeRange = 31;
  if ((1u << kCommandBits) - (told_ - done()) < kMost) return std::nullopt;
  tell(kStreamsAll, kWholeRange);
  tell(id ? kOfNumber | std::uint64_t{*id} << 48 : kAll, 0);
  tell(kSync, 0);
  arch::publish_tables();
  registers_.write(kCommandTold, told_ % (2u << kCommandBits));
  return told_;
}

bool Smmu::forgotten(std::uint32_t ticket) const {
  for (unsigned i = 0; i < kLooks; ++i) {
    if (static_cast<std::int32_t>(done() - ticket) >= 0) return true;
    arch::relax();
  }
  return false;
}

void Smmu::tell_faults(std::uint64_t, std::uint64_t) {
  tells_faults_ = true;
  (void)acknowledged(kInterrupts, kInterruptsDone, kEventInterrupt);
}

void Smmu::keep_faults() {
  tells_faults_ = false;
  (void)acknowledged(kInterrupts, kInterruptsDone, 0);
}

std::optional<DmaFault> Smmu::take_fault() {
  constexpr std::uint32_t kMask = (2u << kEventBits) - 1;
  constexpr std::uint64_t kRead = std::uint64_t{1} << 35;
  constexpr std::uint8_t kFirstWithAddress = 0x10, kLastWithAddress = 0x13;
  const std::uint32_t told = registers_.read(kEventTold);
  if (((told ^ taken_) & kMask) == 0) return std::nullopt;
  const auto event = events_.subspan(taken_ % (1u << kEventBits) * kEventWords, kEventWords);
  DmaFault fault{.device = static_cast<std::uint32_t>(event[0] >> 32), .reason = static_cast<std::uint8_t>(event[0])};
  if (fault.reason >= kFirstWithAddress && fault.reason <= kLastWithAddress) {
    fault.kind = (event[1] & kRead) != 0 ? DmaFault::Kind::read : DmaFault::Kind::write;
    fault.address = event[2] & ~(kPageBytes - 1);
  }
  ++taken_;
  // The highest bit changes when some are lost, until it is the same here.
  fault.lost = ((told ^ registers_.read(kEventTaken)) & kLost) != 0;
  registers_.write(kEventTaken, (taken_ & kMask) | (told & kLost));
  return fault;
}

bool Smmu::reserves(PhysAddr start, std::uint64_t bytes) const { return start.value < end_ && start_ < start.value + bytes; }

}  // namespace tessera::nucleus
