// SPDX-License-Identifier: Apache-2.0
// Copies between personality and guest. The fast way is a plain copy through the
// hardware's own translation; where it faults, the fault is served as if the
// guest had made it, and the copy goes on. The slow way, through frames, is for a
// thread whose guest has not run in its present space yet (a new one, or after
// exec): the nucleus still shows it another lower half.
#include "components/linux/core/guest_memory.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include "components/linux/core/guest_access.hpp"

#include "components/linux/core/guest_word.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/memory/out_of_memory.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

bool below_limit(std::uint64_t address, std::uint64_t bytes) {
  return address <= kGuestLimit && bytes <= kGuestLimit - address;
}

void* guest_pointer(std::uint64_t address) { return std::bit_cast<void*>(address); }

// Makes the page present. False: the access is not allowed.
bool serve(Thread& self, std::uint64_t address, Access access) {
  if (self.takes_no_faults) return false;
  const auto done = self.memory->fault(address, access);
  if (done) {
    ++self.usage.minor_faults;
    return true;
  }
  if (done.error() == FaultKind::out_of_memory) out_of_memory(self);
  return false;
}

// Runs `step(done, count)` - which answers how many of these bytes of the range at
// `start` are left and where it faulted - until nothing is left or a fault cannot be
// served. A page may need two faults (present, then writable); more in one place mean
// that something else is wrong.
template <typename Step>
std::size_t run(Thread& self, std::uint64_t start, std::size_t bytes, Access access, Step step) {
  std::size_t done = 0;
  std::uint64_t last_fault = ~std::uint64_t{0};
  int repeats = 0;
  for (;;) {
    const GuestAccess result = step(done, bytes - done);
    done = bytes - static_cast<std::size_t>(result.left);
    if (result.left == 0) return done;
    repeats = page_down(result.fault) == last_fault ? repeats + 1 : 0;
    last_fault = page_down(result.fault);
    if (repeats <= 4 && serve(self, result.fault, access)) continue;
    // Copied a word at a time: what lies before the fault in its word is there.
    const std::uint64_t before = result.fault - (start + done);
    if (before == 0 || before >= sizeof(std::uint64_t)) return done;
    return done + before - static_cast<std::size_t>(step(done, static_cast<std::size_t>(before)).left);
  }
}

// What the first attempt left to do.
[[gnu::noinline]] std::size_t read_slowly(Thread& self, std::span<std::byte> to, std::uint64_t from) {
  if (!self.memory_visible) return self.memory->read_remote(to, from);
  return run(self, from, to.size(), Access::read, [&](std::size_t done, std::size_t count) {
    return guest_copy(to.subspan(done).data(), guest_pointer(from + done), count);
  });
}

[[gnu::noinline]] std::size_t write_slowly(Thread& self, std::uint64_t to, std::span<const std::byte> from) {
  if (!self.memory_visible) return self.memory->write_remote(to, from);
  return run(self, to, from.size(), Access::write, [&](std::size_t done, std::size_t count) {
    return guest_copy(guest_pointer(to + done), from.subspan(done).data(), count);
  });
}

// How many bytes were copied; the range was checked.
[[gnu::always_inline]] inline std::size_t read_bytes(std::span<std::byte> to, std::uint64_t from) {
  Thread& self = *current_or_null();
  if (self.memory_visible) [[likely]] {
    const GuestAccess result = guest_copy(to.data(), guest_pointer(from), to.size());
    if (result.left == 0) [[likely]] return to.size();
    const std::size_t done = to.size() - static_cast<std::size_t>(result.left);
    return done + read_slowly(self, to.subspan(done), from + done);
  }
  return read_slowly(self, to, from);
}

[[gnu::always_inline]] inline std::size_t write_bytes(std::uint64_t to, std::span<const std::byte> from) {
  Thread& self = *current_or_null();
  if (self.memory_visible) [[likely]] {
    const GuestAccess result = guest_copy(guest_pointer(to), from.data(), from.size());
    if (result.left == 0) [[likely]] return from.size();
    const std::size_t done = from.size() - static_cast<std::size_t>(result.left);
    return done + write_slowly(self, to + done, from.subspan(done));
  }
  return write_slowly(self, to, from);
}

}  // namespace

std::size_t copy_from_guest_partial(std::span<std::byte> to, std::uint64_t from) {
  if (from > kGuestLimit) return 0;
  if (to.size() > kGuestLimit - from) to = to.first(static_cast<std::size_t>(kGuestLimit - from));
  return read_bytes(to, from);
}

std::size_t copy_to_guest_partial(std::uint64_t to, std::span<const std::byte> from) {
  if (to > kGuestLimit) return 0;
  if (from.size() > kGuestLimit - to) from = from.first(static_cast<std::size_t>(kGuestLimit - to));
  return write_bytes(to, from);
}

std::size_t clear_guest_partial(std::uint64_t to, std::size_t count) {
  if (to > kGuestLimit) return 0;
  count = std::min(count, static_cast<std::size_t>(kGuestLimit - to));
  if (count == 0) return 0;
  Thread& self = *current_or_null();
  if (!self.memory_visible) {
    static constexpr std::array<std::byte, 512> kZeros{};
    std::size_t done = 0;
    while (done < count) {
      const std::size_t part = std::min(kZeros.size(), count - done);
      const std::size_t written = self.memory->write_remote(to + done, std::span(kZeros).first(part));
      done += written;
      if (written != part) break;
    }
    return done;
  }
  return run(self, to, count, Access::write,
             [&](std::size_t done, std::size_t left) { return guest_clear(guest_pointer(to + done), left); });
}

Result<void> copy_from_guest(std::span<std::byte> to, std::uint64_t from) {
  if (!below_limit(from, to.size())) return fail(Errno::efault);
  if (read_bytes(to, from) != to.size()) [[unlikely]] return fail(Errno::efault);
  return {};
}

Result<void> copy_to_guest(std::uint64_t to, std::span<const std::byte> from) {
  if (!below_limit(to, from.size())) return fail(Errno::efault);
  if (write_bytes(to, from) != from.size()) [[unlikely]] return fail(Errno::efault);
  return {};
}

Result<std::string_view> string_from_guest(std::span<char> to, std::uint64_t from) {
  if (from >= kGuestLimit) return fail(Errno::efault);
  Thread& self = *current_or_null();
  const std::size_t most = std::min(to.size(), static_cast<std::size_t>(kGuestLimit - from));
  if (!self.memory_visible) {
    for (std::size_t i = 0; i < most; ++i) {
      if (self.memory->read_remote(std::as_writable_bytes(to.subspan(i, 1)), from + i) != 1)
        return fail(Errno::efault);
      if (to[i] == '\0') return std::string_view(to.data(), i);
    }
    return fail(most < to.size() ? Errno::efault : Errno::enametoolong);
  }
  std::size_t done = 0;
  std::uint64_t last_fault = ~std::uint64_t{0};
  int repeats = 0;
  for (;;) {
    const GuestAccess result = guest_string(to.subspan(done).data(), guest_pointer(from + done), most - done);
    done = most - static_cast<std::size_t>(result.left);
    if (done != 0 && to[done - 1] == '\0') return std::string_view(to.data(), done - 1);
    if (result.left == 0) return fail(most < to.size() ? Errno::efault : Errno::enametoolong);
    repeats = page_down(result.fault) == last_fault ? repeats + 1 : 0;
    last_fault = page_down(result.fault);
    if (repeats > 4 || !serve(self, result.fault, Access::read)) return fail(Errno::efault);
  }
}

bool peek_guest_word(std::uint64_t address, std::uint64_t& value) {
  if (!below_limit(address, sizeof value) || !current_or_null()->memory_visible) return false;
  return guest_copy(&value, guest_pointer(address), sizeof value).left == 0;
}

bool poke_guest_word(std::uint64_t address, std::uint64_t value) {
  if (!below_limit(address, sizeof value) || !current_or_null()->memory_visible) return false;
  return guest_copy(guest_pointer(address), &value, sizeof value).left == 0;
}

Result<std::uint32_t> load_guest_word(std::uint64_t address) {
  if (!below_limit(address, 4)) return fail(Errno::efault);
  Thread& self = *current_or_null();
  if (!self.memory_visible) return read_guest<std::uint32_t>(address);
  std::uint32_t value = 0;
  const auto step = [&](std::size_t, std::size_t) { return guest_load32(guest_pointer(address), &value); };
  if (run(self, address, 4, Access::read, step) != 4) return fail(Errno::efault);
  return value;
}

Result<std::uint32_t> exchange_guest_word(std::uint64_t address, std::uint32_t expected, std::uint32_t desired) {
  if (!below_limit(address, 4) || address % 4 != 0) return fail(Errno::efault);
  Thread& self = *current_or_null();
  if (!self.memory_visible) {
    const std::uint32_t found = TRY(read_guest<std::uint32_t>(address));
    if (found == expected) TRY(write_guest(address, desired));
    return found;
  }
  std::uint32_t found = expected;
  const auto step = [&](std::size_t, std::size_t) {
    found = expected;
    return guest_exchange32(guest_pointer(address), &found, desired);
  };
  if (run(self, address, 4, Access::write, step) != 4) return fail(Errno::efault);
  return found;
}

}  // namespace tessera::lx
