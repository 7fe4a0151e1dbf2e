// SPDX-License-Identifier: Apache-2.0
// Registers: IHI 0069 12.19 (GITS), 12.11 (GICR); commands: 5.3. All tables are flat. Of a GICv2m's frame: Arm's Server Base
// System Architecture (DEN 0029), I.
#include "messages.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "arch.hpp"
#include "device_map.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

namespace {

constexpr std::size_t kControl = 0x0, kType = 0x8, kQueue = 0x80, kWritten = 0x88, kRead = 0x90, kTables = 0x100, kTranslate = 0x10040;
constexpr std::size_t kOwnProperties = 0x70, kOwnPending = 0x78;
constexpr std::uint32_t kQuiescent = 1u << 31;
constexpr std::uint64_t kDeviceTable = 1, kCollectionTable = 4;
constexpr std::uint64_t kValid = std::uint64_t{1} << 63, kCached = std::uint64_t{7} << 59, kOwnCached = 7 << 7, kShared = 1 << 10,
                        kShareability = 3 << 10, kIsZero = std::uint64_t{1} << 62;
enum Command : std::uint64_t { kSync = 5, kMapDevice = 8, kMapCollection = 9, kMapMessage = 10, kInvalidate = 12, kDiscard = 15 };

constexpr std::uint64_t kTableBytes = 0x10000, kQueueBytes = kPageBytes, kCommandWords = 4;
constexpr std::uint64_t kNumberBits = 14;  // of interrupts: 8192 are messages, the first of which are used
constexpr std::uint64_t kEventBits = 6, kMostEntryBytes = 16, kEventTableBytes = kMessages * kMostEntryBytes;
static_assert(kMessages == 1 << kEventBits);
constexpr std::uint8_t kEnabled = 0x83;  // of middle priority
constexpr unsigned kMostLooks = 1'000'000;

Registers its;
MessageLines lines;
std::uint64_t translate_at, target;
std::span<std::uint64_t> queue;
std::size_t next;
std::span<std::uint8_t> properties;
PhysAddr event_tables;
std::uint64_t device_limit;  // 0: nothing works
std::array<std::uint64_t, 32> devices;  // that have a table of events, for good
std::size_t device_count;

PhysAddr take_zeroed(PhysAddr (*take)(std::uint64_t), std::uint64_t bytes) {
  const PhysAddr at = take(bytes);
  zero_bytes(direct<std::byte>(at), bytes);
  return at;
}

void tell(Command command, std::uint64_t device, std::uint64_t second, std::uint64_t third) {
  const std::array<std::uint64_t, kCommandWords> words{command | device << 32, second, third, 0};
  std::ranges::copy(words, queue.subspan(next, kCommandWords).begin());
  next = (next + kCommandWords) % queue.size();
}

// Whether all that was told is done.
bool finish() {
  tell(kSync, 0, 0, target);
  asm volatile("dsb ishst" ::: "memory");
  its.write_wide(kWritten, next * sizeof(std::uint64_t));
  for (unsigned i = 0; i < kMostLooks; ++i)
    if (its.read_wide(kRead) == next * sizeof(std::uint64_t)) return true;
  return false;
}

// The ITS says in which pages it counts: 4, 16 or 64 KiB.
bool set_table(std::size_t place, PhysAddr memory) {
  const std::uint64_t value = kValid | kCached | kShared | memory.value;
  its.write_wide(place, value);
  const std::uint64_t page = its.read_wide(place) >> 8 & 3;
  its.write_wide(place, value | page << 8 | ((kTableBytes >> (12 + 2 * std::min<std::uint64_t>(page, 2))) - 1));
  return (its.read_wide(place) & kShareability) != 0;
}

bool set_tables(PhysAddr (*take)(std::uint64_t)) {
  const std::uint64_t type = its.read_wide(kType);
  bool usable = true;
  for (std::size_t place = kTables; place < kTables + 64; place += 8) {
    const std::uint64_t entry = its.read_wide(place), kind = entry >> 56 & 7;
    if (kind != kDeviceTable && kind != kCollectionTable) continue;
    usable = set_table(place, take_zeroed(take, kTableBytes)) && usable;
    if (kind == kDeviceTable) device_limit = std::min(kTableBytes / ((entry >> 48 & 31) + 1), std::uint64_t{2} << (type >> 13 & 31));
  }
  const PhysAddr commands = take_zeroed(take, kQueueBytes);
  queue = direct_span<std::uint64_t>(commands, kQueueBytes / sizeof(std::uint64_t));
  its.write_wide(kQueue, kValid | kCached | kShared | commands.value);
  its.write_wide(kWritten, 0);
  return usable && device_limit != 0 && (its.read_wide(kQueue) & kShareability) != 0;
}

bool set_own(const Registers& own, PhysAddr (*take)(std::uint64_t)) {
  if ((own.read(kControl) & 1) != 0) return false;
  constexpr std::uint64_t kPropertyBytes = (1 << kNumberBits) - kFirstMessage;
  const PhysAddr memory = take_zeroed(take, kPropertyBytes);
  properties = direct_span<std::uint8_t>(memory, kPropertyBytes);
  own.write_wide(kOwnProperties, memory.value | kOwnCached | kShared | (kNumberBits - 1));
  own.write_wide(kOwnPending, take_zeroed(take, kTableBytes).value | kOwnCached | kShared | kIsZero);
  if ((own.read_wide(kOwnProperties) & own.read_wide(kOwnPending) & kShareability) == 0) return false;
  asm volatile("dsb sy" ::: "memory");
  own.write(kControl, own.read(kControl) | 1);
  return true;
}

std::string_view start(const Redistributor& own, PhysAddr (*take)(std::uint64_t)) {
  const std::uint64_t type = its.read_wide(kType);
  constexpr std::uint64_t kByAddress = 1 << 19;
  target = (type & kByAddress) != 0 ? own.physical : (own.registers.read_wide(kType) >> 8 & 0xffff) << 16;
  its.write(kControl, 0);
  for (unsigned i = 0; i < kMostLooks && (its.read(kControl) & kQuiescent) == 0; ++i) {}
  if (!set_tables(take)) return "has no tables, or does not see the caches";
  if (!set_own(own.registers, take)) return "was used before, or its core does not see the caches";
  event_tables = take_zeroed(take, devices.size() * kEventTableBytes);
  its.write(kControl, 1);
  tell(kMapCollection, 0, 0, kValid | target);
  return finish() ? "" : "does not answer";
}

void start_frame(const MachineFacts& machine) {
  constexpr std::size_t kLines = 0x8, kRaise = 0x40;
  lines = message_lines_of(machine, Registers{map_device(machine.message_frame)}.read(kLines), shared_end());
  translate_at = machine.message_frame.start.value + kRaise;
  if (lines.count == 0) log("no message-signalled interrupts: a GICv2m's frame raises lines that are not there");
}

}  // namespace

MessageLines message_lines() { return lines; }

void start_messages(const MachineFacts& machine, const Redistributor& own, PhysAddr (*take)(std::uint64_t)) {
  const PhysRange& range = machine.its;
  if (range.empty() && !machine.message_frame.empty()) return start_frame(machine);
  if (range.bytes() <= kTranslate) return;
  its.base = map_device(range);
  translate_at = range.start.value + kTranslate;
  if (const std::string_view why = start(own, take); !why.empty()) {
    device_limit = 0;
    log("no message-signalled interrupts: the ITS ", why);
  }
}

bool map_message(std::uint64_t device, std::uint32_t message) {
  if (device >= device_limit) return false;
  if (!std::ranges::contains(std::span(devices).first(device_count), device)) {
    if (device_count == devices.size()) return false;
    tell(kMapDevice, device, kEventBits - 1, kValid | event_tables.plus(device_count * kEventTableBytes).value);
    devices[device_count++] = device;
  }
  properties[message] = kEnabled;
  tell(kMapMessage, device, message | std::uint64_t{kFirstMessage + message} << 32, 0);
  tell(kInvalidate, device, message, 0);
  return finish();
}

void enable_message(std::uint64_t device, std::uint32_t message, bool enabled) {
  properties[message] = enabled ? kEnabled : 0;
  tell(kInvalidate, device, message, 0);
  (void)finish();
}

void unmap_message(std::uint64_t device, std::uint32_t message) {
  tell(kDiscard, device, message, 0);
  (void)finish();
  properties[message] = 0;
}

std::uint64_t message_address() { return translate_at; }

}  // namespace tessera::nucleus::arch
