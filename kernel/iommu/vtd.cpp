// SPDX-License-Identifier: Apache-2.0
// VT-d specification 3.3: registers 11.4, root and context entries 9.1 and 9.3, the queue 6.5.2, faults 7.
#include "kernel/iommu/vtd.hpp"

#include <algorithm>
#include <atomic>

#include "kernel/iommu/vtd_registers.hpp"

namespace tessera::nucleus {

using namespace vtd;

namespace {

constexpr std::uint32_t kProtects = 1u << 31, kIsProtected = 1;
constexpr std::uint32_t kMaskFaults = 1u << 31, kFaultsLost = 1;

constexpr std::uint64_t kQueueBytes = kPageBytes, kDescriptorWords = 2;
constexpr std::size_t kForgetDescriptors = 3;
constexpr std::uint64_t kGlobal = 1 << 4, kOfDomain = 2 << 4, kDrainWrites = 1 << 6, kDrainReads = 1 << 7, kWriteStatus = 1 << 5;

constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kRegisterBytes = kPageBytes;  // that are mapped of a unit
constexpr std::size_t kFaultBytes = 16;

constexpr std::uint64_t field(std::uint64_t word, unsigned shift, std::uint64_t mask) { return word >> shift & mask; }

PhysAddr take_zeroed(Vtd::Take take, std::uint64_t bytes) {
  const PhysAddr at = take(bytes);
  arch::zero_bytes(direct<std::byte>(at), bytes);
  return at;
}

}  // namespace

void Vtd::publish(const void* start, std::size_t bytes) const {
  if (!coherent_) arch::write_back(start, bytes);
}

// What all have in common; why this one cannot be used.
std::string_view Vtd::survey(Unit& unit) {
  constexpr std::uint64_t kWriteBuffers = 1 << 4, kCaching = 1 << 7, kLargePages = std::uint64_t{1} << 34;
  constexpr std::uint64_t kDrains = std::uint64_t{1} << 54, kDrainsToo = std::uint64_t{1} << 55;
  constexpr std::uint64_t kCoherent = 1, kQueued = 2;
  const std::uint64_t capability = unit.registers.read_wide(kCapability), extended = unit.registers.read_wide(kExtended);
  if ((extended & kQueued) == 0) return "has a unit without a queue";
  if ((capability & kWriteBuffers) != 0) return "has a unit whose write buffers must be emptied";
  if (field(capability, 0, 7) == 0) return "has a unit with too few domains";  // 2^(4 + 2 n): 64 are needed
  unit.faults_at = field(capability, 24, 0x3ff) * 16;
  unit.fault_count = field(capability, 40, 0xff) + 1;
  if (unit.faults_at + unit.fault_count * kFaultBytes > kRegisterBytes) return "has a unit with registers beyond its page";
  unit.drains_writes = (capability & kDrains) != 0;
  unit.drains_reads = (capability & kDrainsToo) != 0;
  depths_ &= static_cast<unsigned>(field(capability, 8, 31));
  limit_ = std::min(limit_, std::uint64_t{1} << std::min<std::uint64_t>(field(capability, 16, 63) + 1, 48));
  large_ = large_ && (capability & kLargePages) != 0;
  caching_ = caching_ || (capability & kCaching) != 0;
  coherent_ = coherent_ && (extended & kCoherent) != 0;
  return {};
}

// Whoever used it before left it as it is.
bool Vtd::turn_off(const Unit& unit) const {
  const Registers& registers = unit.registers;
  for (const std::uint32_t bit : {kTranslates, kRemapsInterrupts, kOldMessages, kQueues})
    if ((registers.read(kStatus) & bit) != 0 && !command(registers, bit, false)) return false;
  if ((registers.read(kProtected) & kIsProtected) != 0) {
    registers.write(kProtected, registers.read(kProtected) & ~kProtects);
    if (!wait_for(registers, kProtected, kIsProtected, false)) return false;
  }
  return true;
}

bool Vtd::turn_on(Unit& unit, std::uint32_t ticket) {
  const Registers& registers = unit.registers;
  registers.write_wide(kRoot, root_.value);
  if (!command(registers, kSetRoot, true)) return false;
  registers.write_wide(kQueueTail, 0);
  registers.write_wide(kQueueAddress, physical(unit.queue.data()).value);
  if (!command(registers, kQueues, true)) return false;
  tell_to_forget(unit, std::nullopt, ticket);
  for (unsigned i = 0; i < kMostLooks / kLooks && !forgotten(ticket); ++i) {}
  return forgotten(ticket) && command(registers, kTranslates, true);
}

std::string_view Vtd::start(const DmarFacts& facts, Take take, Map map) {
  if (!facts.why.empty() || facts.unit_count == 0) return facts.why;
  constexpr unsigned kFourLevels = 4, kThreeLevels = 2;
  depths_ = kFourLevels | kThreeLevels;
  limit_ = std::uint64_t{1} << 48;
  large_ = coherent_ = true;
  std::size_t surveyed = 0;
  for (const std::uint64_t address : facts.all()) {
    Unit& unit = units_[surveyed++];
    unit.at = PhysAddr{address};
    unit.registers.base = map(unit.at);
    if (const std::string_view why = survey(unit); !why.empty()) return why;
    const PhysAddr memory = take_zeroed(take, 2 * kQueueBytes);
    unit.queue = direct_span<std::uint64_t>(memory, kQueueBytes / sizeof(std::uint64_t));
    unit.status_at = memory.value + kQueueBytes;
    unit.status = direct<std::uint32_t>(PhysAddr{unit.status_at});
  }
  if (depths_ == 0) return "has units that cannot use the same tables";
  levels_ = (depths_ & kFourLevels) != 0 ? 4 : 3;
  limit_ = std::min(limit_, std::uint64_t{1} << (kPageBits + 9 * levels_));
  root_ = take_zeroed(take, kPageBytes);
  buses_.start(take_zeroed(take, BusTables::kMost * kPageBytes), kPageBytes);
  publish(direct<std::byte>(root_), kPageBytes);
  publish(direct<std::byte>(*buses_.add(0)), kPageBytes);
  const auto roots = direct_span<std::uint64_t>(root_, 2 * 256);
  roots.front() = buses_.find(0)->value | kPresent;
  publish(&roots.front(), sizeof(std::uint64_t));
  for (Unit& unit : std::span(units_).first(surveyed))
    if (!turn_off(unit)) return "has a unit that does not turn off";
  count_ = surveyed;
  const std::uint32_t ticket = ++last_ticket_;
  for (std::size_t i = 0; i < surveyed; ++i) {
    count_ = i + 1;  // that are waited for
    if (turn_on(units_[i], ticket)) continue;
    for (const Unit& unit : units()) (void)turn_off(unit);
    count_ = 0;
    return "has a unit that does not do what it is told";
  }
  return {};
}

// A context entry, two words; none: its bus has no table.
std::span<std::uint64_t> Vtd::entry_of(std::uint32_t device) const {
  const auto table = buses_.find(device >> 8);
  if (!table) return {};
  return direct_span<std::uint64_t>(*table, 2 * 256).subspan((device & 0xff) * std::size_t{2}, 2);
}

Result<void> Vtd::enter(std::uint32_t device, std::uint32_t id, PhysAddr root, PhysAddr) {
  const std::uint32_t bus = device >> 8;
  if (!buses_.find(bus)) {
    const auto table = buses_.add(bus);
    if (!table) return fail(Error::no_memory);
    publish(direct<std::byte>(*table), kPageBytes);
    std::uint64_t& entry = direct_span<std::uint64_t>(root_, 2 * 256)[bus * std::size_t{2}];
    entry = table->value | kPresent;
    publish(&entry, sizeof entry);
  }
  const auto entry = entry_of(device);
  entry.back() = std::uint64_t{id} << 8 | (levels_ - 2);
  publish(&entry.back(), sizeof entry.back());
  std::atomic_thread_fence(std::memory_order_release);
  entry.front() = root.value | kPresent;
  publish(&entry.front(), sizeof entry.front());
  return {};
}

void Vtd::leave(std::uint32_t device) {
  const auto entry = entry_of(device);
  if (entry.empty()) return;
  entry.front() = 0;
  publish(&entry.front(), sizeof entry.front());
}

bool Vtd::has_room(const Unit& unit) {
  const std::size_t head = (unit.registers.read_wide(kQueueHead) & (kQueueBytes - 1)) / sizeof(std::uint64_t);
  const std::size_t used = (unit.next + unit.queue.size() - head) % unit.queue.size();
  return unit.queue.size() - used > kForgetDescriptors * kDescriptorWords;
}

void Vtd::tell(Unit& unit, std::uint64_t low, std::uint64_t high) const {
  unit.queue[unit.next] = low;
  unit.queue[unit.next + 1] = high;
  unit.next = (unit.next + kDescriptorWords) % unit.queue.size();
}

void Vtd::tell_to_forget(Unit& unit, std::optional<std::uint32_t> id, std::uint32_t ticket) const {
  // Where what is not there is known as such, that is of no domain.
  const std::uint64_t which = id && !caching_ ? kOfDomain | std::uint64_t{*id} << 16 : kGlobal;
  tell(unit, kContextCache | which, 0);
  tell(unit, kTranslations | which | (unit.drains_reads ? kDrainReads : 0) | (unit.drains_writes ? kDrainWrites : 0), 0);
  send(unit, ticket);
}

// What it was told; it says the number when it has done all of it.
void Vtd::send(Unit& unit, std::uint32_t ticket) const {
  tell(unit, kWait | kWriteStatus | std::uint64_t{ticket} << 32, unit.status_at);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  unit.registers.write_wide(kQueueTail, unit.next * sizeof(std::uint64_t));
}

std::optional<std::uint32_t> Vtd::forget(std::optional<std::uint32_t> id) {
  if (!std::ranges::all_of(units(), has_room)) return std::nullopt;
  const std::uint32_t ticket = ++last_ticket_;
  for (Unit& unit : units()) tell_to_forget(unit, id, ticket);
  return ticket;
}

bool Vtd::forgotten(std::uint32_t ticket) const {
  const auto done = [&](const Unit& unit) {
    // Numbers begin anew after the last one.
    return static_cast<std::int32_t>(__atomic_load_n(unit.status, __ATOMIC_ACQUIRE) - ticket) >= 0;
  };
  for (unsigned i = 0; i < kLooks; ++i) {
    if (std::ranges::all_of(units(), done)) return true;
    arch::relax();
  }
  return false;
}

void Vtd::tell_faults(std::uint64_t address, std::uint64_t data) {
  tells_faults_ = true;
  for (const Unit& unit : units()) {
    unit.registers.write(kFaultData, static_cast<std::uint32_t>(data));
    unit.registers.write(kFaultAddress, static_cast<std::uint32_t>(address));
    unit.registers.write(kFaultAddressHigh, static_cast<std::uint32_t>(address >> 32));
    unit.registers.write(kFaultControl, 0);
  }
}

void Vtd::keep_faults() {
  tells_faults_ = false;
  for (const Unit& unit : units()) unit.registers.write(kFaultControl, kMaskFaults);
}

std::optional<DmaFault> Vtd::take_fault_of(Unit& unit) {
  constexpr std::size_t kHigh = 8, kTop = 12;
  constexpr std::uint64_t kIsThere = std::uint64_t{1} << 63, kRead = std::uint64_t{1} << 62;
  constexpr std::uint8_t kFirstOfInterrupts = 0x20, kLastOfInterrupts = 0x26;
  for (std::size_t i = 0; i < unit.fault_count; ++i) {
    const std::size_t place = unit.faults_at + unit.next_fault * kFaultBytes;
    unit.next_fault = (unit.next_fault + 1) % unit.fault_count;
    const std::uint64_t high = unit.registers.read_wide(place + kHigh), low = unit.registers.read_wide(place);
    if ((high & kIsThere) == 0) continue;
    unit.registers.write(place + kTop, 1u << 31);
    DmaFault fault{.kind = (high & kRead) != 0 ? DmaFault::Kind::read : DmaFault::Kind::write,
                   .device = static_cast<std::uint32_t>(high & 0xffff),
                   .address = low & ~(kPageBytes - 1),
                   .reason = static_cast<std::uint8_t>(high >> 32)};
    if (fault.reason >= kFirstOfInterrupts && fault.reason <= kLastOfInterrupts) {
      fault.kind = DmaFault::Kind::other;
      fault.address = low >> 48;
    }
    if ((unit.registers.read(kFaultStatus) & kFaultsLost) != 0) {
      unit.registers.write(kFaultStatus, kFaultsLost);
      fault.lost = true;
    }
    return fault;
  }
  // Nothing is there, and yet some were lost: it records again.
  if ((unit.registers.read(kFaultStatus) & kFaultsLost) != 0) unit.registers.write(kFaultStatus, kFaultsLost);
  return std::nullopt;
}

std::optional<DmaFault> Vtd::take_fault() {
  for (Unit& unit : units())
    if (const auto fault = take_fault_of(unit)) return fault;
  return std::nullopt;
}

bool Vtd::reserves(PhysAddr start, std::uint64_t bytes) const {
  return std::ranges::any_of(units(), [&](const Unit& unit) {
    return start < unit.at.plus(kRegisterBytes) && unit.at < start.plus(bytes);
  });
}

}  // namespace tessera::nucleus
