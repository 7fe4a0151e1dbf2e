// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/boot.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/protocols/log.hpp>
#include <abi/protocols/supervisor.hpp>
#include <algorithm>
#include <arch_exception.hpp>
#include <cstring>

#include "components/genesis/failure.hpp"
#include "components/genesis/fatal.hpp"
#include "lib/rt/ask.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/thread.hpp"

namespace tessera::genesis {

namespace {

constinit const abi::BootInfo* boot_info = nullptr;
constinit Store memory_store;

constexpr std::uint64_t kPriority = 200;  // the nucleus starts genesis with it
constexpr std::uint32_t kFailed = rt::kLabelOf<protocol::supervisor::Protocol> | static_cast<std::uint32_t>(protocol::supervisor::Operation::fail);
constexpr unsigned kReserveBits = 20;     // for genesis' own objects and stack

[[noreturn]] void stop() {
  for (;;) (void)abi::machine_power_off(boot_info->machine, kFatalStatus);
}

Handle must(std::expected<Handle, abi::Error> made) {
  if (!made) stop();
  return *made;
}

// The first thread has a message page but no block: it writes its line by hand.
void write_line(abi::MessagePage& page, std::string_view text) {
  const auto words = std::span(page.words).subspan(abi::kRegisterWords);
  const std::size_t bytes = std::min(text.size(), words.size_bytes());
  std::memcpy(words.data(), text.data(), bytes);
  (void)abi::log_write(boot_info->log, bytes);
}

[[noreturn]] void watch(Handle endpoint, abi::MessagePage& page) {
  const Handle reply = must(rt::objects().make(abi::ObjectType::reply));
  const auto message = rt::wait(endpoint, reply);
  std::array<char, 400> buffer;
  std::array<char, 256> text{};
  // The page is used for other calls.
  if (message && message->label == kFailed) std::memcpy(text.data(), std::span(page.words).subspan(abi::kRegisterWords).data(), text.size());
  tell_failure();
  if (message && message->label == kFailed) {
    const std::size_t bytes = std::min<std::uint64_t>(message->words[0], text.size());
    write_line(page, rt::format_to(buffer, "{}{}genesis: {}\n", protocol::log::kMark, protocol::log::kFatal, std::string_view(text.data(), bytes)));
  } else if (message) {
    write_line(page, rt::format_to(buffer, "{}{}genesis: exception {} ({}), code {:#x}, address {:#x}, at {:#x}\n", protocol::log::kMark,
                                   protocol::log::kFatal, message->words[0], rt::arch::exception_name(message->words[0]), message->words[1],
                                   message->words[2], message->words[3]));
  }
  stop();
}

void main_thread(void*) {
  rt::set_log(boot_info->log);
  rt::set_clock(boot_info->clock_hz, boot_info->clock_boot);
  run();
}

}  // namespace

const abi::BootInfo& boot() { return *boot_info; }
Store& store() { return memory_store; }

extern "C" [[noreturn]] void genesis_bootstrap(const abi::BootInfo* info) {
  if (info->magic != kBootMagic || info->abi_version != abi::kNucleusAbiVersion) __builtin_trap();
  boot_info = info;
  rt::objects().initialise({.table = info->table, .space = info->space, .budget = info->budget, .supervisor = 0, .cores = info->cores},
                           info->first_free_slot, (std::uint64_t{1} << info->table_bits) - info->first_free_slot);
  for (const abi::UntypedEntry& entry : std::span(info->untyped).first(std::min<std::uint64_t>(info->untyped_count, info->untyped.size()))) {
    store().add(entry.handle, static_cast<unsigned>(entry.size_bits), static_cast<unsigned>(entry.node));
  }
  rt::objects().add_untyped(must(store().take(kReserveBits)));
  const Handle endpoint = must(rt::objects().make(abi::ObjectType::endpoint));
  rt::objects().initialise_supervisor(endpoint);
  const auto page = rt::objects().map_new(12);
  if (!page || !abi::thread_configure(info->thread, 0, 0, page->memory, 0, 0)) stop();
  const auto main = rt::Thread::create({.entry = main_thread, .priority = kPriority});
  if (!main) stop();
  watch(endpoint, rt::object_at<abi::MessagePage>(page->address));
}

}  // namespace tessera::genesis
